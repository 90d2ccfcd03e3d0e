using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>
/// The body of a request, counting what comes in: a message that is still arriving is a sign of life, and gRPC tells of whole ones only. Above
/// HTTP/2, so that it counts on any web server, and what an idle connection says to keep itself alive does not count.
/// </summary>
internal sealed class CountedBody(PipeReader body) : PipeReader, IReceivedBytes
{
    private readonly ReceivedBytes _received = new();
    private ReadOnlySequence<byte> _last;
    private long _known;

    /// <inheritdoc/>
    public long BytesReceived => _received.BytesReceived;

    public override bool TryRead(out ReadResult result)
    {
        var hasRead = body.TryRead(out result);
        if (hasRead)
        {
            Count(result);
        }

        return hasRead;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
        Count(result);
        return result;
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        Keep(consumed);
        body.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Keep(consumed);
        body.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    private void Count(in ReadResult result)
    {
        _last = result.Buffer;
        _received.Add(_last.Length - _known);
    }

    private void Keep(SequencePosition consumed)
    {
        _known = _last.Slice(consumed).Length;
        _last = default;
    }
}
