namespace Remote;

/// <summary>A dialled connection that keeps the first bytes of its peer: when a handshake fails they say more than the exception.</summary>
internal sealed class FirstBytesStream(Stream connection) : ConnectionStream
{
    private readonly byte[] _first = new byte[HandshakeFailure.FirstBytes];
    private int _kept;

    /// <summary>As many as came, up to those that are kept.</summary>
    public ReadOnlySpan<byte> First => _first.AsSpan(0, _kept);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _kept < _first.Length ? ReadFirstAsync(buffer, cancellationToken) : connection.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => connection.Flush();

    public override ValueTask DisposeAsync() => connection.DisposeAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        var more = Math.Min(read, _first.Length - _kept);
        buffer.Span[..more].CopyTo(_first.AsSpan(_kept));
        _kept += more;
        return read;
    }
}
