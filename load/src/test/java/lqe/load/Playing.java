package lqe.load;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jmesPath;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** What every player does: come in with a ticket, send a command, wait for its receipt, go. */
final class Playing {
  static final String VIEW = "view";
  private static final int WAIT_S = 10;
  private static final int JOIN_WAIT_S = 30;

  private Playing() {}

  /** A ticket, a socket, the first view; the session is the player's from then on. */
  static ChainBuilder enter() {
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
            ws("connect")
                .connect("#{socket}")
                .await(JOIN_WAIT_S)
                .on(
                    ws.checkTextMessage("first view")
                        .matching(bodyString().transform(Player::isView).is(true))
                        .check(bodyString().saveAs(VIEW))))
        .exitHereIfFailed()
        .exec(
            s -> {
              Player.of(s).session = s.getString("session");
              return s.removeAll("socket", "session");
            });
  }

  static ChainBuilder forgetView() {
    return exec(s -> s.remove(VIEW));
  }

  /** Players come one after the other; this spreads their commands over the period. */
  static ChainBuilder anyPhase() {
    return pause(
        s -> Duration.ofNanos(ThreadLocalRandom.current().nextLong(Settings.periodNs())));
  }

  /** One command and its receipt. `step` says where it counts and what the report calls it. */
  static ChainBuilder command(Function<Session, Receipts> counts, Function<Session, String> name) {
    return exec(
            ws("command")
                .sendText(
                    s -> {
                      counts.apply(s).sent();
                      return Player.of(s).command();
                    })
                .await(WAIT_S)
                .on(
                    ws.checkTextMessage(name)
                        .matching(
                            bodyString()
                                .transformWithSession((m, s) -> Player.of(s).isAnswered(m))
                                .is(true))
                        .check(bodyString().transform(Player::isReceipt).is(true))))
        .exec(
            s -> {
              Player player = Player.of(s);
              if (!s.isFailed()) {
                counts.apply(s).recorded(player.sentAt, player.answeredAt, Settings.periodNs());
              } else if (player.answeredAt > 0) {
                counts.apply(s).rejected(player.rejectedAs());
              }
              return s.markAsSucceeded();
            });
  }
}
