namespace Remote.Actors.Tests;

/// <summary>Counts what it is told.</summary>
internal sealed class FakeOrigin(Action<int, long>? told = null) : IMessageOrigin
{
    private int _messages;
    private long _bytes;
    private int _calls;

    public int Messages => Volatile.Read(ref _messages);

    public long Bytes => Volatile.Read(ref _bytes);

    public int Calls => Volatile.Read(ref _calls);

    public void Taken(int messages, long bytes)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _messages, messages);
        told?.Invoke(messages, bytes);
    }
}
