using System.Diagnostics;
using Proto;
using Proto.Future;

namespace Remote;

/// <summary>What few messages have beside their content: at least two of a request, headers and a trace, or a trace alone.</summary>
/// <remarks>
/// The trace becomes text only where somebody wants to read it: a message that is sent has its headers written from it
/// (<see cref="TraceHeaders"/>). The span itself is not kept, for what it holds on to would live as long as the message waits.
/// </remarks>
/// <param name="request">The future that waits for the answer, where it is known.</param>
/// <param name="headers">The headers that the application gave the message.</param>
/// <param name="trace">The context that goes along as headers; none where the application's headers have one.</param>
internal sealed class DeliveryExtras(FutureProcess? request, MessageHeader? headers, in ActivityContext trace)
{
    private readonly ActivityContext _trace = trace;

    public FutureProcess? Request { get; } = request;

    public MessageHeader? Headers { get; } = headers;

    public ref readonly ActivityContext Trace => ref _trace;

    public bool IsTraced => _trace.TraceId != default;

    /// <summary>The headers as the other node reads them. Made anew by each call.</summary>
    public MessageHeader? AllHeaders => IsTraced ? TraceHeaders.AddTo(Headers ?? MessageHeader.Empty, _trace) : Headers;
}
