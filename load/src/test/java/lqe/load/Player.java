package lqe.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatling.javaapi.core.Session;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One player: who they are, the session they hold, and the command they wait for. */
final class Player {
  private static final String KEY = "player";
  private static final String RECEIPT = "{\"type\":\"receipt\"";
  private static final String REJECTED = "{\"type\":\"rejected\"";
  private static final Pattern CODE = Pattern.compile("\"code\":\"([^\"]*)\"");
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;

  final String world;
  final String id;
  String session = "";
  Receipts counts;
  int seq;
  long sentAt;
  long answeredAt;
  private String rejection = "";

  Player(int number) {
    world = "w" + number / Settings.WORLD_SIZE;
    id = "p" + number;
  }

  static Player of(Session session) {
    return session.<Player>get(KEY);
  }

  Session in(Session session) {
    return session.set(KEY, this);
  }

  /** The first ticket gives the session; later ones resume it. */
  void enters(String granted) {
    if (session.isEmpty()) {
      session = granted;
    }
  }

  /** Say whether a view knows the session and the last command that was sent in it. */
  boolean isRememberedIn(String view) {
    JsonNode says = Json.parse(view);
    return says.path("session").asText().equals(session) && says.path("last_seq").asInt() == seq;
  }

  String ticketWanted() {
    String resumes = session.isEmpty() ? "" : ",\"session\":\"" + session + "\"";
    return "{\"world\":\"" + world + "\",\"player\":\"" + id + "\"" + resumes + "}";
  }

  /** Return a frame with one command, the next in the session, and remember when it was sent. */
  String command() {
    seq++;
    ThreadLocalRandom chance = ThreadLocalRandom.current();
    String frame =
        "{\"type\":\"commands\",\"commands\":[{\"seq\":" + seq + ",\"name\":\"travel\","
            + "\"args\":{\"x\":" + chance.nextInt(1, WIDTH)
            + ",\"y\":" + chance.nextInt(1, HEIGHT) + "}}]}";
    answeredAt = 0;
    sentAt = System.nanoTime();
    return frame;
  }

  /** Say whether a message answers the last command. Deltas are told by their first bytes. */
  boolean isAnswered(String message) {
    boolean rejected = message.startsWith(REJECTED);
    if (!rejected && !(isReceipt(message) && message.contains("[" + seq + ","))) {
      return false;
    }
    answeredAt = System.nanoTime();
    rejection = rejected ? message : "";
    return true;
  }

  /** Return the code with which the last command was rejected. */
  String rejectedAs() {
    return rejectedAs(rejection);
  }

  static String rejectedAs(String message) {
    Matcher code = CODE.matcher(message);
    return code.find() ? code.group(1) : message;
  }

  static boolean isReceipt(String message) {
    return message.startsWith(RECEIPT);
  }

  static boolean isView(String message) {
    return message.startsWith("{\"type\":\"view\"");
  }
}
