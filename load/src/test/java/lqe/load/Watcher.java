package lqe.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** Reads every message of some players: deltas come at the rate, fit, and things move in them. */
final class Watcher {
  /** What all watchers of a run saw while the window was open. */
  static final class Seen {
    final LongAdder deltas = new LongAdder();
    final LongAdder moving = new LongAdder();
    final LongAdder gaps = new LongAdder();
    final LongAdder outcomes = new LongAdder();
    final LongAdder still = new LongAdder();

    Map<String, Object> figures(double seconds, int watchers) {
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("watchers", watchers);
      figures.put("deltas_per_s_each", deltas.sum() / seconds / Math.max(1, watchers));
      figures.put("deltas_that_move", deltas.sum() == 0 ? 0 : moving.doubleValue() / deltas.sum());
      figures.put("gaps", gaps.sum());
      figures.put("outcomes", outcomes.sum());
      figures.put("watchers_that_stood_still", still.sum());
      return figures;
    }
  }

  private final Seen seen;
  private final Receipts receipts;
  private final Set<Integer> awaited = new HashSet<>();
  private long position;
  private String rep;
  private boolean moved;

  Watcher(Seen seen, Receipts receipts) {
    this.seen = seen;
    this.receipts = receipts;
  }

  void sent(int seq) {
    awaited.add(seq);
    receipts.sent();
  }

  void hear(String message, boolean counts) {
    JsonNode heard = Json.parse(message);
    switch (heard.path("type").asText()) {
      case "view" -> view(heard);
      case "delta" -> delta(heard, counts);
      case "receipt" -> heard.path("commands").forEach(c -> receipt(c.path(0).asInt()));
      case "outcome" -> seen.outcomes.add(heard.has("seq") ? 1 : 0);
      case "rejected" -> receipts.rejected(heard.path("code").asText());
      default -> throw new IllegalStateException("a message of no known type: " + message);
    }
  }

  /** Called once, at the end: somebody who was told to travel all the time has moved. */
  void leave() {
    if (!moved) {
      seen.still.increment();
    }
  }

  private void receipt(int seq) {
    if (awaited.remove(seq)) {
      receipts.recorded();
    }
  }

  private void view(JsonNode view) {
    position = view.path("position").asLong();
    rep = view.path("you").path("rep").asText(rep);
  }

  private void delta(JsonNode delta, boolean counts) {
    boolean fits = delta.path("since").asLong() == position;
    position = delta.path("position").asLong();
    rep = delta.path("you").path("rep").asText(rep);
    JsonNode reps = delta.path("world").path("reps");
    moved |= moves(reps.path(rep == null ? "" : rep));
    if (!counts) {
      return;
    }
    seen.deltas.increment();
    seen.gaps.add(fits ? 0 : 1);
    for (JsonNode one : reps) {
      if (moves(one)) {
        seen.moving.increment();
        return;
      }
    }
  }

  private static boolean moves(JsonNode rep) {
    return rep.has("x") || rep.has("y");
  }
}
