namespace Remote.Actors.Tests;

/// <summary>Counts what it is told and lets a test wait for it.</summary>
internal sealed class FakeOrigin(Action<int, long>? told = null) : IMessageOrigin
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _messages;
    private long _bytes;
    private int _calls;
    private int _expected = int.MaxValue;

    public int Messages => Read(() => _messages);

    public long Bytes => Read(() => _bytes);

    public int Calls => Read(() => _calls);

    public void Taken(int messages, long bytes)
    {
        lock (_lock)
        {
            _calls++;
            _bytes += bytes;
            _messages += messages;
            Check();
        }

        told?.Invoke(messages, bytes);
    }

    /// <summary>Completes when it has been told of so many messages in all. Once per origin.</summary>
    public Task WhenToldOf(int messages)
    {
        lock (_lock)
        {
            _expected = messages;
            Check();
            return _reached.Task.Within($"{messages} messages to come back");
        }
    }

    private void Check()
    {
        if (_messages >= _expected)
        {
            _reached.TrySetResult();
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}
