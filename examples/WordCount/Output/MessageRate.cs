namespace WordCount;

/// <summary>Turns a rising number of messages into messages per second.</summary>
internal sealed class MessageRate(TimeProvider time)
{
    private long _since = time.GetTimestamp();
    private long _messages;

    /// <summary>The rate since the last call.</summary>
    public double Next(long messages)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_since, now).TotalSeconds;
        var rate = seconds > 0 ? (messages - _messages) / seconds : 0;
        _since = now;
        _messages = messages;
        return rate;
    }
}
