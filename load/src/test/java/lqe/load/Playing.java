package lqe.load;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jmesPath;
import static io.gatling.javaapi.core.CoreDsl.pace;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What every player does: come in with a ticket, send a command, wait for its receipt, go. */
final class Playing {
  static final String VIEW = "view";
  private static final int WAIT_S = 10;
  private static final int JOIN_WAIT_S = 30;

  private Playing() {}

  static ChainBuilder enter() {
    return enter("first view");
  }

  /** A ticket, a socket, the first view, which knows what the player did before. */
  static ChainBuilder enter(String view) {
    return exec(
            http("ticket")
                .post("/v1/tickets")
                .body(StringBody(s -> Player.of(s).ticketWanted()))
                .check(
                    status().is(201),
                    jmesPath("socket").saveAs("socket"),
                    jmesPath("session").saveAs("session")))
        .exitHereIfFailed()
        .exec(
            s -> {
              Player.of(s).enters(s.getString("session"));
              return s.remove("session");
            })
        .exec(
            ws("connect")
                .connect("#{socket}")
                .await(JOIN_WAIT_S)
                .on(
                    ws.checkTextMessage(view)
                        .matching(bodyString().transform(Player::isView).is(true))
                        .check(
                            bodyString()
                                .transformWithSession((v, s) -> Player.of(s).isRememberedIn(v))
                                .is(true),
                            bodyString().saveAs(VIEW))))
        .exitHereIfFailed()
        .exec(s -> s.remove("socket"));
  }

  static ChainBuilder forgetView() {
    return exec(s -> s.remove(VIEW));
  }

  /** Players come one after the other; this spreads their commands over the period. */
  static ChainBuilder anyPhase() {
    return pause(
        s -> Duration.ofNanos(ThreadLocalRandom.current().nextLong(Settings.periodNs())));
  }

  /** One command and its receipt. It counts where it counted as it was sent. */
  static ChainBuilder command(Supplier<Receipts> counts, Supplier<String> name) {
    return exec(
            ws("command")
                .sendText(
                    s -> {
                      Player player = Player.of(s);
                      player.counts = counts.get();
                      player.counts.sent();
                      return player.command();
                    })
                .await(WAIT_S)
                .on(
                    ws.checkTextMessage(s -> name.get())
                        .matching(
                            bodyString()
                                .transformWithSession((m, s) -> Player.of(s).isAnswered(m))
                                .is(true))
                        .check(bodyString().transform(Player::isReceipt).is(true))))
        .exec(
            s -> {
              Player player = Player.of(s);
              if (!s.isFailed()) {
                player.counts.recorded(player.sentAt, player.answeredAt, Settings.periodNs());
              } else if (player.answeredAt > 0) {
                player.counts.rejected(player.rejectedAs());
              } else {
                boolean late = System.nanoTime() - player.sentAt >= WAIT_S * 1_000_000_000L;
                player.counts.lost(late ? "no receipt in " + WAIT_S + " s" : "a closed socket");
              }
              return s.markAsSucceeded();
            });
  }

  static ChainBuilder atPaceWhile(BooleanSupplier on, ChainBuilder step) {
    return asLongAs(s -> on.getAsBoolean())
        .on(pace(Duration.ofNanos(Settings.periodNs())).exec(step));
  }

  /** Every virtual user becomes the player with the next number. */
  static ChainBuilder numbered(Numbers numbers) {
    AtomicInteger next = new AtomicInteger();
    return exec(s -> new Player(numbers.at(next.getAndIncrement())).in(s));
  }

  static ChainBuilder run(Runnable step) {
    return exec(
        s -> {
          step.run();
          return s;
        });
  }
}
