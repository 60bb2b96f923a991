/* A PKCS#11 module that hands every call to another one, and does something wrong at one of them. For tests only.

   PROXY_MODULE   path of the real module
   PROXY_FAULT    FUNCTION NTH DEED [NUMBER]: at the NTH call of FUNCTION (0: at every one) the DEED happens
                  refuse CKR   the call is not made and CKR is returned       report CKR   it is made and CKR is returned
                  hang  exit  segv  kill       before the call                kill-after   after it
                  flip BIT  short  foreign     what C_Sign wrote is changed; foreign: it signs other data

   Arguments are passed on as machine words, which all of PKCS#11's are on the 64-bit systems of Debian. */

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTIONS 68
#define ARGUMENTS_BAD 7UL

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word, word, word);
struct list { unsigned char version[8]; call function[FUNCTIONS]; };

static struct list *real, ours;
static char name[64], deed[64];
static unsigned long nth, calls;
static long number;

static void before(void)
{
    if (!strcmp(deed, "hang")) for (;;) pause();
    if (!strcmp(deed, "exit")) exit(5);
    if (!strcmp(deed, "segv")) *(volatile int *)0 = 0;
    if (!strcmp(deed, "kill")) kill(getpid(), SIGKILL);
}

static void spoil(unsigned char *signature, word *length)
{
    if (!strcmp(deed, "flip")) signature[(number / 8) % *length] ^= 1 << number % 8;
    if (!strcmp(deed, "short")) *length -= 1;
}

static word passed_on(int index, const char *called, word a, word b, word c, word d, word e, word f, word g, word h)
{
    word code;
    int due = !strcmp(called, name) && (++calls == nth || !nth);
    int signs = due && !strcmp(called, "C_Sign") && d;

    if (due) before();
    if (due && !strcmp(deed, "refuse")) return (word)number;
    if (signs && !strcmp(deed, "foreign")) ((unsigned char *)b)[0] ^= 1;
    code = real->function[index](a, b, c, d, e, f, g, h);
    if (due && !strcmp(deed, "kill-after")) kill(getpid(), SIGKILL);
    if (due && !strcmp(deed, "report")) return (word)number;
    if (signs && !code) spoil((unsigned char *)d, (word *)e);
    return code;
}

#define F(index, called) \
    word called(word a, word b, word c, word d, word e, word f, word g, word h) \
    { return passed_on(index, #called, a, b, c, d, e, f, g, h); }

F(0, C_Initialize) F(1, C_Finalize) F(2, C_GetInfo) F(4, C_GetSlotList) F(5, C_GetSlotInfo) F(6, C_GetTokenInfo)
F(7, C_GetMechanismList) F(9, C_InitToken) F(10, C_InitPIN) F(11, C_SetPIN) F(12, C_OpenSession) F(13, C_CloseSession)
F(18, C_Login) F(19, C_Logout) F(20, C_CreateObject) F(22, C_DestroyObject) F(24, C_GetAttributeValue)
F(25, C_SetAttributeValue) F(26, C_FindObjectsInit) F(27, C_FindObjects) F(28, C_FindObjectsFinal) F(42, C_SignInit)
F(43, C_Sign) F(59, C_GenerateKeyPair) F(60, C_WrapKey) F(61, C_UnwrapKey)

static const struct { int index; void *function; } wrapped[] = {
    {0, C_Initialize}, {1, C_Finalize}, {2, C_GetInfo}, {4, C_GetSlotList}, {5, C_GetSlotInfo}, {6, C_GetTokenInfo},
    {7, C_GetMechanismList}, {9, C_InitToken}, {10, C_InitPIN}, {11, C_SetPIN}, {12, C_OpenSession},
    {13, C_CloseSession}, {18, C_Login}, {19, C_Logout}, {20, C_CreateObject}, {22, C_DestroyObject},
    {24, C_GetAttributeValue}, {25, C_SetAttributeValue}, {26, C_FindObjectsInit}, {27, C_FindObjects},
    {28, C_FindObjectsFinal}, {42, C_SignInit}, {43, C_Sign}, {59, C_GenerateKeyPair}, {60, C_WrapKey},
    {61, C_UnwrapKey},
};

word C_GetFunctionList(struct list **given)
{
    const char *fault = getenv("PROXY_FAULT"), *module = getenv("PROXY_MODULE");
    void *library = module ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : 0;
    word (*ask)(struct list **) = library ? (word (*)(struct list **))dlsym(library, "C_GetFunctionList") : 0;

    if (!ask || !fault || sscanf(fault, "%63s %lu %63s %li", name, &nth, deed, &number) < 3) return ARGUMENTS_BAD;
    if (ask(&real)) return ARGUMENTS_BAD;
    ours = *real;
    for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++)
        ours.function[wrapped[i].index] = (call)wrapped[i].function;
    *given = &ours;
    return 0;
}
