package lqe.load;

/** The time in which receipts are counted and measured: opened once, closed once. */
final class Window {
  private volatile long from = Long.MAX_VALUE;
  private volatile long to = Long.MAX_VALUE;

  void open() {
    from = System.nanoTime();
  }

  void close() {
    to = System.nanoTime();
  }

  boolean closed() {
    return to != Long.MAX_VALUE;
  }

  boolean contains(long at) {
    return at >= from && at < to;
  }

  double seconds() {
    return (to - from) / 1e9;
  }
}
