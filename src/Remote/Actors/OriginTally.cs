namespace Remote;

/// <summary>Counts what a turn took of one origin, so that the origin is told once and not per message.</summary>
internal struct OriginTally
{
    private IMessageOrigin? _origin;
    private int _messages;
    private long _bytes;

    public void Add(IMessageOrigin origin, int size)
    {
        if (!ReferenceEquals(origin, _origin))
        {
            Report();
            _origin = origin;
        }

        _messages++;
        _bytes += size;
    }

    public void Report()
    {
        if (_origin is null)
        {
            return;
        }

        var (origin, messages, bytes) = (_origin, _messages, _bytes);
        this = default;
        origin.Taken(messages, bytes);
    }
}
