namespace Remote;

/// <summary>A dialled connection, as HTTP/2 reads it, whose first read is looked at: it may be the word of a peer that turns this node away.</summary>
/// <param name="connection">Without TLS, or behind it.</param>
/// <param name="refused">Is told the reason that the peer gives.</param>
/// <param name="ended">Is told that nothing came at all, with the error if there was one.</param>
internal sealed class NoteStream(Stream connection, Action<string> refused, Action<Exception?> ended) : ConnectionStream
{
    // More than a note has: those who read HTTP/2 begin with a buffer for a few bytes.
    private const int FirstBytes = 1024;

    private bool _isPast;
    private ReadOnlyMemory<byte> _kept;
    private volatile bool _isOurs;

    // Once the first bytes are handed on it costs one comparison.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isPast ? connection.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

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
        if (_kept.IsEmpty)
        {
            if (buffer.IsEmpty)
            {
                // Waits for bytes, and wants none.
                return await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }

            _kept = await LookAsync(cancellationToken).ConfigureAwait(false);
        }

        var read = Math.Min(buffer.Length, _kept.Length);
        _kept[..read].CopyTo(buffer);
        _kept = _kept[read..];
        _isPast = _kept.IsEmpty;
        return read;
    }

    private async ValueTask<ReadOnlyMemory<byte>> LookAsync(CancellationToken cancellationToken)
    {
        var first = new byte[FirstBytes];
        int read;
        try
        {
            read = await connection.ReadAsync(first, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (!_isOurs)
        {
            ended(exception);
            throw;
        }

        if (read == 0 && !_isOurs)
        {
            ended(null);
        }
        else if (RefusalNote.Read(first.AsSpan(0, read), byClient: false) is { } reason)
        {
            refused(reason);

            // Not handed on: HTTP/2 would take it for a peer that is restarting, and dial again at once.
            throw new IOException("The peer has turned this node away.");
        }

        return first.AsMemory(0, read);
    }
}
