/** Kafka Streams doing the bench's job: settings from the command line in, a run per SIGUSR2 until SIGTERM. */

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import sun.misc.Signal;

public final class Main {
    private static final Duration CLOSING = Duration.ofSeconds(30);

    /** Arguments: the job (route or small), the guarantee, memory or none, the brokers, a folder for state, rules. */
    public static void main(String[] arguments) throws Exception {
        String job = arguments[0], guarantee = arguments[1], brokers = arguments[3], folder = arguments[4];
        boolean keepsState = arguments[2].equals("memory");
        Rules rules = Rules.read(Path.of(arguments[5]));
        Semaphore turns = new Semaphore(0);
        Signal.handle(new Signal("USR2"), signal -> turns.release());
        // The first SIGUSR2 ends a run, the second begins the next, in a JVM that is warm by then.
        for (int run = 1; ; run++) {
            Topology topology = job.equals("small") ? SmallJob.topology(keepsState) : Route.topology(rules, keepsState);
            String application = "bench-streams-" + ProcessHandle.current().pid() + "-" + run;
            KafkaStreams streams = new KafkaStreams(topology, settings(application, guarantee, brokers, folder));
            Thread closing = new Thread(() -> streams.close(CLOSING));
            Runtime.getRuntime().addShutdownHook(closing);
            streams.start();
            turns.acquire();
            streams.close(CLOSING);
            Runtime.getRuntime().removeShutdownHook(closing);
            System.out.println("run " + run + " ended");
            turns.acquire();
        }
    }

    private static Properties settings(String application, String guarantee, String brokers, String folder) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
        return settings;
    }
}
