/** What the specs have the heartbeat notice: an interval of 300 ms, three of them missed, and the look that sees it. */
export const heartbeatMs = 1200

/** `graceMs`, as the specs set it. */
export const graceMs = 200

/** How long a closed connection waits for the other side to close it too. */
export const closingMs = 1000

/** When a server process that was told to end, and doesn't, is killed by its owner. */
export const killMs = 8000

/** What a busy machine may add to any of them: its processes get their turn late. */
export const slackMs = 5000
