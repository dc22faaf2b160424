/** Instants as the events' JSON and headers write them, to the microsecond. */

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;

final class Instants {
    private static final DateTimeFormatter WHOLE = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
    private static final DateTimeFormatter PARTS = new DateTimeFormatterBuilder()
            .append(WHOLE)
            .appendFraction(ChronoField.NANO_OF_SECOND, 6, 6, true)
            .toFormatter();

    private Instants() {}

    static Instant parsed(String text) {
        return OffsetDateTime.parse(text).toInstant();
    }

    static long microseconds(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }

    static String written(Instant instant) {
        LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        return (instant.getNano() < 1_000 ? WHOLE : PARTS).format(utc) + "Z";
    }
}
