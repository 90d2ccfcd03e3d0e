using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A request whose web server and gRPC are played: for what theirs do only now and then, when two threads meet.</summary>
internal sealed class PlayedRequest : IAsyncStreamReader<Frame>, IServerStreamWriter<OutboundFrame>, IConnectionFate, IRequestBodyPipeFeature, IHttpResetFeature
{
    private readonly DefaultHttpContext _http = new();
    private readonly Body _body = new();

    public PlayedRequest()
    {
        _http.Features.Set<IConnectionFate>(this);
        _http.Features.Set<IReceivedBytes>(new ReceivedBytes());
        _http.Features.Set<IRequestBodyPipeFeature>(this);
        _http.Features.Set<IHttpResetFeature>(this);
        Call = new AcceptedCall(this, this, new Context(Gone.Token), _http, Time);
    }

    public AcceptedCall Call { get; }

    /// <summary>Cancelled when the call has ended.</summary>
    public CancellationTokenSource Gone { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    /// <summary>What the next write is waiting for.</summary>
    public TaskCompletionSource Written { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the next message of the request is waiting for.</summary>
    public TaskCompletionSource<bool> Moved { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsLost { get; set; }

    /// <summary>Whether the call was reset from this side.</summary>
    public bool IsReset { get; private set; }

    /// <summary>What the body throws at once, as it does when the request was aborted.</summary>
    public Exception? Aborted { set => _body.Aborted = value; }

    PipeReader IRequestBodyPipeFeature.Reader => _body;

    void IHttpResetFeature.Reset(int errorCode)
    {
        IsReset = true;
        Gone.Cancel();
    }

    Frame IAsyncStreamReader<Frame>.Current => throw new NotSupportedException();

    WriteOptions? IAsyncStreamWriter<OutboundFrame>.WriteOptions { get; set; }

    Task<bool> IAsyncStreamReader<Frame>.MoveNext(CancellationToken cancellationToken) => Moved.Task;

    Task IAsyncStreamWriter<OutboundFrame>.WriteAsync(OutboundFrame message) => Written.Task;

    private sealed class Body : PipeReader
    {
        public Exception? Aborted { get; set; }

        public override void CancelPendingRead() => _ = Aborted is { } aborted ? throw aborted : 0;

        public override void AdvanceTo(SequencePosition consumed) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
    }

    internal sealed class Context(CancellationToken gone) : ServerCallContext
    {
        protected override string MethodCore => "Receive";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => [];

        protected override CancellationToken CancellationTokenCore => gone;

        protected override Metadata ResponseTrailersCore => [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => throw new NotSupportedException();

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => throw new NotSupportedException();
    }
}
