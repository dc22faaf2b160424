import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Sends a complaint, and then that it was withdrawn. Java 17 or newer; nothing else is needed. */
public class SendComplaint {
    private static final String INTAKE = Optional.ofNullable(System.getenv("REDRESS_INTAKE")).orElse("http://127.0.0.1:8080");
    private static final String KEY = System.getenv("REDRESS_KEY");
    private static final int TRIES = 8;
    private static final Set<Integer> AGAIN = Set.of(429, 503);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws InterruptedException, IOException {
        System.out.println(send("/v1/complaints", "complaint", """
            {
              "channel": "web",
              "external_ref": "order-4714",
              "customer": {"id": "c-42"},
              "category": "delivery",
              "subject": "Parcel",
              "body": "It came broken."
            }
            """));
        System.out.println(send("/v1/channels/web/complaints/order-4714/events", "withdrawn", """
            {"type": "complaint_withdrawn"}
            """));
    }

    /** Until it is kept. The same body again is the same event, so sending again does no harm. */
    private static String send(String path, String what, String body) throws InterruptedException, IOException {
        var request = HttpRequest.newBuilder(URI.create(INTAKE + path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            // What stays the same when it is sent again: of an event without it, a second try would be a second event.
            .header("Idempotency-Key", path + " " + what)
            .POST(BodyPublishers.ofString(body));
        if (KEY != null) {
            request.header("Authorization", "Bearer " + KEY);
        }
        for (int tries = 1; ; tries++) {
            HttpResponse<String> answer;
            try {
                answer = CLIENT.send(request.build(), BodyHandlers.ofString());
            } catch (IOException error) { // nobody answered: it may have been kept
                if (tries == TRIES) {
                    throw error;
                }
                Thread.sleep(Duration.ofSeconds(1));
                continue;
            }
            if (answer.statusCode() < 300) {
                return answer.body();
            }
            if (!AGAIN.contains(answer.statusCode()) || tries == TRIES) {
                System.err.println(answer.body()); // application/problem+json: each of its errors names a field
                System.exit(1);
            }
            Thread.sleep(Duration.ofSeconds(Long.parseLong(answer.headers().firstValue("Retry-After").orElse("1"))));
        }
    }
}
