import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Says of each chain (files beside each other, leaf first, root last) whether the PKIX validator of Java takes it. */
class Chains {
    public static void main(String[] chains) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (String chain : chains) {
            List<X509Certificate> path = new ArrayList<>();
            for (String file : chain.split(",")) {
                byte[] data = Files.readAllBytes(Path.of(file));
                path.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(data)));
            }
            X509Certificate root = path.remove(path.size() - 1);
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            parameters.setRevocationEnabled(false);
            try {
                CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(path), parameters);
                System.out.println("takes");
            } catch (GeneralSecurityException refused) {
                System.out.println("refuses: " + refused.getMessage());
            }
        }
    }
}
