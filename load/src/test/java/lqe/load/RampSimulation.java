package lqe.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.core.CoreDsl.stopLoadGeneratorIf;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.OpenInjectionStep;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** More players step by step, until receipts are late or missing: where the server gives out. */
public final class RampSimulation extends Simulation {
  private static final int STEP = Integer.getInteger("step", 1000);
  private static final int STEPS = Integer.getInteger("steps", 10);
  private static final int SETTLE_S = Integer.getInteger("settle", 5);
  private static final int MEASURE_S = Integer.getInteger("measure", 10);
  private static final int GRACE_S = 1;
  private static final double ENOUGH = 0.95;

  /** One step of the ramp. */
  private static final class Step {
    final Window window = new Window();
    final Receipts receipts = new Receipts(window);
    final int players;

    Step(int number) {
      players = number * STEP;
    }

    /** Asked a moment after the step: a receipt that is still out counts as lost. */
    boolean held() {
      Map<String, Object> figures = receipts.figures();
      double wanted = players * Settings.COMMANDS_PER_S * window.seconds();
      return receipts.lost() == 0
          && figures.get("rejected").equals(0L)
          && receipts.percentileMs(99) <= Settings.LIMIT_MS
          && receipts.measured() >= ENOUGH * wanted;
    }
  }

  private final List<Step> steps = IntStream.rangeClosed(1, STEPS).mapToObj(Step::new).toList();
  private volatile int current;
  private volatile int held;
  private volatile boolean over;

  public RampSimulation() {
    int ramp = Settings.rampS(STEP);
    List<OpenInjectionStep> arrivals = new ArrayList<>();
    List<ChainBuilder> hours = new ArrayList<>();
    for (int number = 0; number < STEPS; number++) {
      arrivals.add(rampUsers(STEP).during(ramp));
      arrivals.add(nothingFor(Duration.ofSeconds(SETTLE_S + MEASURE_S)));
      hours.add(hour(number, ramp));
    }
    setUp(
            scenario("players")
                .exec(Playing.numbered(index -> index))
                .exec(Playing.enter(), Playing.forgetView(), Playing.anyPhase())
                .exec(
                    Playing.atPaceWhile(
                        () -> !over,
                        Playing.command(
                            () -> steps.get(current).receipts,
                            () -> "receipt, " + steps.get(current).players + " players")))
                .exec(ws("close").close())
                .injectOpen(arrivals.toArray(OpenInjectionStep[]::new)),
            scenario("clock")
                .exec(hours)
                .exec(Playing.run(() -> over = true))
                .injectOpen(atOnceUsers(1)))
        .protocols(Settings.protocol())
        .assertions(
            details("receipt, " + STEP + " players").failedRequests().count().is(0L),
            details("receipt, " + STEP + " players")
                .responseTime()
                .percentile(99)
                .lte(Settings.LIMIT_MS));
  }

  private ChainBuilder hour(int number, int rampS) {
    Step step = steps.get(number);
    ChainBuilder measured =
        exec(Playing.run(() -> current = number))
            .pause(rampS + SETTLE_S)
            .exec(Playing.run(step.window::open))
            .pause(MEASURE_S)
            .exec(Playing.run(step.window::close));
    // The next step's players come in meanwhile; their commands count as theirs.
    return measured
        .exec(Playing.run(() -> current = Math.min(number + 1, STEPS - 1)))
        .pause(GRACE_S)
        .exec(Playing.run(() -> judge(step)))
        .exec(stopLoadGeneratorIf(s -> "the server gave out", s -> over));
  }

  private void judge(Step step) {
    Map<String, Object> figures = step.receipts.figures();
    figures.put("players", step.players);
    figures.put("commands_per_s", step.receipts.measured() / step.window.seconds());
    figures.put("held", step.held());
    Json.print("step", figures);
    if (step.held()) {
      held = step.players;
    } else {
      over = true;
    }
  }

  @Override
  public void after() {
    Json.print(
        "ramp",
        Map.of(
            "highest_step_that_held", held,
            "commands_per_s_each", Settings.COMMANDS_PER_S,
            "broke", over && held < STEP * STEPS));
  }
}
