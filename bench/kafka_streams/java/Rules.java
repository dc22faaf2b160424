/** The compiled ruleset: from claims to the first matching rule's outcome. */

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

final class Rules {
    /** Where a complaint goes. {@code levels} is the text of the skills that goes into ids. */
    record Outcome(
            String key, String queue, int priority, Map<String, Object> skills, String levels, boolean speaks,
            String rule, String reason) {

        String skillsText(String language) {
            return speaks && language != null ? levels + ";" + language : levels;
        }

        Map<String, Object> skillsFor(String language) {
            if (!speaks || language == null) {
                return skills;
            }
            Map<String, Object> all = new LinkedHashMap<>(skills);
            all.put("language", language);
            return all;
        }
    }

    private record Rule(Predicate<Claims> matches, Outcome outcome) {}

    private static final Map<String, Function<Claims, String>> WORDS = Map.of(
            "channel", Claims::channel,
            "product", Claims::product,
            "category", Claims::category,
            "severity", Claims::severity,
            "customer_tier", Claims::customerTier,
            "region", Claims::region);

    final String version;
    final String hash;
    private final List<Rule> rules = new ArrayList<>();
    private final Outcome byDefault;

    private Rules(JsonNode file) {
        version = file.get("version").textValue();
        hash = file.get("hash").textValue();
        for (JsonNode rule : file.get("rules")) {
            Outcome outcome = outcome(rule.get("then"), rule.get("name").textValue(), "rule_matched");
            rules.add(new Rule(compiled(rule.get("when")), outcome));
        }
        byDefault = outcome(file.get("default"), "default", "no_rule_matched");
    }

    /** The rules as bench.kafka_streams exports them: rules.yaml as JSON, and its hash. */
    static Rules read(Path file) throws IOException {
        return new Rules(Json.MAPPER.readTree(file.toFile()));
    }

    Outcome decide(Claims claims) {
        for (Rule rule : rules) {
            if (rule.matches.test(claims)) {
                return rule.outcome;
            }
        }
        return byDefault;
    }

    private Outcome outcome(JsonNode target, String rule, String reason) {
        Map<String, Object> skills = new LinkedHashMap<>();
        List<String> levels = new ArrayList<>();
        boolean speaks = false;
        for (Map.Entry<String, JsonNode> skill : target.path("skills").properties()) {
            if (skill.getKey().equals("language")) {
                speaks = true;
            } else {
                skills.put(skill.getKey(), skill.getValue().intValue());
                levels.add(skill.getKey() + "=" + skill.getValue().intValue());
            }
        }
        return new Outcome(
                hash + " " + reason + " " + rule, target.get("queue").textValue(), target.get("priority").intValue(),
                skills, String.join(" ", levels), speaks, rule, reason);
    }

    private static Predicate<Claims> compiled(JsonNode condition) {
        Predicate<Claims> all = claims -> true;
        for (Map.Entry<String, JsonNode> part : condition.properties()) {
            all = all.and(compiled(part.getKey(), part.getValue()));
        }
        return all;
    }

    private static Predicate<Claims> compiled(String field, JsonNode value) {
        return switch (field) {
            case "all" -> each(value).stream().reduce(Predicate::and).orElseThrow();
            case "any" -> each(value).stream().reduce(Predicate::or).orElseThrow();
            case "not" -> compiled(value).negate();
            case "amount" -> within(value);
            case "flags" -> {
                Set<String> flags = texts(value);
                yield claims -> claims.flags().stream().anyMatch(flags::contains);
            }
            case "language" -> {
                List<String> prefixes = texts(value).stream().map(range -> range.toLowerCase() + "-").toList();
                yield claims -> claims.language() != null
                        && prefixes.stream().anyMatch((claims.language().toLowerCase() + "-")::startsWith);
            }
            default -> {
                Function<Claims, String> word = WORDS.get(field);
                Set<String> values = texts(value);
                yield claims -> values.contains(word.apply(claims));
            }
        };
    }

    private static Predicate<Claims> within(JsonNode range) {
        String currency = range.get("currency").textValue();
        BigDecimal low = range.has("min") ? new BigDecimal(range.get("min").textValue()) : null;
        BigDecimal high = range.has("max") ? new BigDecimal(range.get("max").textValue()) : null;
        return claims -> {
            if (claims.amount() == null || !currency.equals(claims.amount().currency())) {
                return false;
            }
            BigDecimal amount = new BigDecimal(claims.amount().value());
            return (low == null || low.compareTo(amount) <= 0) && (high == null || amount.compareTo(high) <= 0);
        };
    }

    private static List<Predicate<Claims>> each(JsonNode conditions) {
        List<Predicate<Claims>> compiled = new ArrayList<>();
        conditions.forEach(condition -> compiled.add(compiled(condition)));
        return compiled;
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new HashSet<>();
        array.forEach(text -> texts.add(text.textValue()));
        return texts;
    }
}
