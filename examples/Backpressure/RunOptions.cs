using Remote;

namespace Backpressure;

/// <summary>One run, as asked for on the command line and checked.</summary>
/// <param name="Waits">Whether producers wait for room (<c>SendAsync</c>) or not (<c>Send</c>).</param>
/// <param name="Policy">What becomes of a message that finds no room; of no effect for those that wait.</param>
/// <param name="Capacity">Messages that may wait for the consumer.</param>
/// <param name="Rate">Messages per second that the producer offers.</param>
/// <param name="Take">Messages per second that the consumer takes.</param>
/// <param name="Size">Bytes of payload per message.</param>
/// <param name="Flood">How long the producer goes on. After that the lane empties.</param>
internal sealed record RunOptions(bool Waits, OverflowPolicy Policy, int Capacity, int Rate, int Take, int Size, TimeSpan Flood);
