namespace Remote;

/// <summary>A dialled connection, as HTTP/2 reads it, whose first read is looked at: it may be the word of a peer that turns this node away.</summary>
/// <param name="connection">Without TLS, or behind it.</param>
/// <param name="refused">Is told the reason that the peer gives.</param>
/// <param name="ended">Is told that nothing came at all, with the error if there was one.</param>
internal sealed class NoteStream(Stream connection, Action<string> refused, Action<Exception?> ended) : ConnectionStream
{
    private bool _isPast;
    private volatile bool _isOurs;

    // From the second read on it costs one comparison.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isPast || buffer.IsEmpty ? connection.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => connection.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => connection.Write(buffer, offset, count);

    public override void Flush() => connection.Flush();

    public override ValueTask DisposeAsync()
    {
        _isOurs = true;
        return connection.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isOurs = true;
            connection.Dispose();
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (!_isOurs)
        {
            ended(exception);
            throw;
        }

        _isPast = true;
        if (read == 0 && !_isOurs)
        {
            ended(null);
        }
        else if (RefusalNote.Read(buffer.Span[..read], byClient: false) is { } reason)
        {
            refused(reason);

            // Not handed on: HTTP/2 would take it for a peer that is restarting, and dial again at once.
            throw new IOException("The peer has turned this node away.");
        }

        return read;
    }
}
