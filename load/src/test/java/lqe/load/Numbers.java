package lqe.load;

/** Who of `users` numbered players is picked out, evenly over all worlds, and who is left. */
interface Numbers {
  int at(int index);

  static Numbers spread(int users, int picked) {
    return index -> index * (users / picked);
  }

  static Numbers others(int users, int picked) {
    if (picked == 0) {
      return index -> index;
    }
    int others = users / picked - 1;
    return index ->
        index < others * picked
            ? index / others * (others + 1) + index % others + 1
            : index + picked;
  }
}
