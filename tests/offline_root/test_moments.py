"""Instants and durations: text forms, calendar years, and the last second of a validity."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.moments import FOLDER_FORM, Duration, from_typed, from_utc_text, utc_text

SECONDS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestText:
    @given(SECONDS)
    def test_comes_back_as_the_same_moment(self, moment: datetime) -> None:
        assert from_utc_text(utc_text(moment)) == moment

    @given(SECONDS, SECONDS)
    def test_sorts_as_the_moments_do(self, one: datetime, other: datetime) -> None:
        assert (utc_text(one) < utc_text(other)) == (one < other)

    def test_is_utc_whatever_the_zone(self) -> None:
        zone = timezone(timedelta(hours=2))
        assert utc_text(datetime(2026, 11, 23, 1, 0, 0, 999_999, tzinfo=zone)) == "2026-11-22T23:00:00Z"

    def test_of_the_first_years_has_four_digits_too(self) -> None:
        assert utc_text(at("0033-04-03T15:00:00")) == "0033-04-03T15:00:00Z"

    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-23T11:30:00",
            "2026-11-23 11:30:00Z",
            "2026-11-23T11:30Z",
            "2026-11-23T11:30:60Z",
            "2026-02-29T00:00:00Z",
            "2026-1-2T03:04:05Z",
            "\u0662\u0660\u0662\u0666-11-23T11:30:00Z",
            "",
        ],
    )
    def test_of_another_form_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"match|form|day|second"):
            from_utc_text(text)

    def test_for_folders_has_no_colon(self) -> None:
        assert at("2026-11-23T11:30:05").strftime(FOLDER_FORM) == "20261123T113005Z"


class TestTyped:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-23 11:30",
            "2026-11-23T11:30",
            "2026-11-23t11:30:00z",
            "2026-11-23 11:30:00Z",
            "2026-11-23 11:30 UTC",
            "  2026-11-23 11:30 utc\n",
        ],
    )
    def test_is_read(self, text: str) -> None:
        assert from_typed(text) == at("2026-11-23T11:30:00")

    def test_keeps_the_seconds(self) -> None:
        assert from_typed("2026-11-23 11:30:59") == at("2026-11-23T11:30:59")

    @pytest.mark.parametrize(
        "text", ["11:30", "2026-11-23", "23.11.2026 11:30", "2026-11-23 11:30 CET", "2026-11-23 25:00", "now", ""]
    )
    def test_of_another_form_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"not a UTC time|match"):
            from_typed(text)

    def test_takes_no_digits_of_other_scripts(self) -> None:
        with pytest.raises(ValueError, match="not a UTC time"):
            from_typed("\u0662\u0660\u0662\u0666-11-23 11:30")


class TestDuration:
    @given(st.integers(1, 9_999_999), st.sampled_from(["s", "min", "h", "d", "y"]))
    def test_comes_back_from_its_text(self, amount: int, unit: str) -> None:
        assert Duration.parse(str(Duration(amount, unit))) == Duration(amount, unit)

    @pytest.mark.parametrize("text", ["", "0d", "05d", "5", "d", "5 d", "-5d", "5D", "5w", "5.5h", "12345678s", "5d\n"])
    def test_of_another_form_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a duration"):
            Duration.parse(text)

    @pytest.mark.parametrize(
        ("duration", "after"),
        [
            ("90s", "2026-11-23T11:31:30"),
            ("5min", "2026-11-23T11:35:00"),
            ("36h", "2026-11-24T23:30:00"),
            ("3650d", "2036-11-20T11:30:00"),
            ("20y", "2046-11-23T11:30:00"),
        ],
    )
    def test_is_added(self, duration: str, after: str) -> None:
        assert Duration.parse(duration).after(at("2026-11-23T11:30:00")) == at(after)

    @pytest.mark.parametrize(
        ("duration", "before"),
        [
            ("90s", "2026-11-23T11:28:30"),
            ("5min", "2026-11-23T11:25:00"),
            ("36h", "2026-11-21T23:30:00"),
            ("1d", "2026-11-22T11:30:00"),
            ("2y", "2024-11-23T11:30:00"),
        ],
    )
    def test_is_taken_off(self, duration: str, before: str) -> None:
        assert Duration.parse(duration).before(at("2026-11-23T11:30:00")) == at(before)

    @pytest.mark.parametrize(
        ("born", "years", "after"),
        [
            ("2024-02-29T12:00:00", "1y", "2025-02-28T12:00:00"),
            ("2024-02-29T12:00:00", "4y", "2028-02-29T12:00:00"),
            ("2096-02-29T12:00:00", "4y", "2100-02-28T12:00:00"),
            ("1996-02-29T12:00:00", "4y", "2000-02-29T12:00:00"),
            ("2023-02-28T12:00:00", "1y", "2024-02-28T12:00:00"),
            ("2024-01-29T12:00:00", "1y", "2025-01-29T12:00:00"),
            ("2024-03-29T12:00:00", "1y", "2025-03-29T12:00:00"),
        ],
    )
    def test_of_years_follows_the_calendar(self, born: str, years: str, after: str) -> None:
        assert Duration.parse(years).after(at(born)) == at(after)

    def test_leaves_out_the_last_second_of_a_validity(self) -> None:
        assert Duration.parse("90d").last_second(at("2026-01-01T00:00:00")) == at("2026-03-31T23:59:59")

    def test_reaches_the_last_year_and_not_beyond(self) -> None:
        assert Duration.parse("7973y").after(at("2026-01-01T00:00:00")) == at("9999-01-01T00:00:00")
        with pytest.raises(OverflowError, match="past the year 9999"):
            Duration.parse("7974y").after(at("2026-01-01T00:00:00"))
        with pytest.raises(OverflowError):
            Duration.parse("9999999d").after(at("2026-01-01T00:00:00"))

    @given(SECONDS, st.integers(1, 200))
    def test_of_years_keeps_everything_below_the_year(self, moment: datetime, years: int) -> None:
        try:
            after = Duration(years, "y").after(moment)
        except OverflowError:
            assert moment.year + years > 9999
            return
        assert after.year == moment.year + years
        assert after.time() == moment.time()
        assert after.month == moment.month
        assert after.day == moment.day or (moment.month, moment.day, after.day) == (2, 29, 28)
