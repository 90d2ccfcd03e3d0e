namespace Remote.Tests;

/// <summary>A connection that is closed for good when so many bytes went out, or came in.</summary>
internal sealed class CutStream(Stream connection, int outgoing, int incoming) : ConnectionStream
{
    private int _outgoing = outgoing;
    private int _incoming = incoming;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_incoming == 0)
        {
            throw Cut();
        }

        var read = await connection.ReadAsync(buffer[..Math.Min(buffer.Length, _incoming)], cancellationToken);
        _incoming -= read;
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var allowed = Math.Min(buffer.Length, _outgoing);
        await connection.WriteAsync(buffer[..allowed], cancellationToken);
        _outgoing -= allowed;
        if (_outgoing == 0)
        {
            throw Cut();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    private IOException Cut()
    {
        connection.Dispose();
        return new IOException("Cut by the test.");
    }
}
