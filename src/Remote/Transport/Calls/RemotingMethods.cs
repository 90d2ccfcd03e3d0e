using Google.Protobuf;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The methods of the service <c>remote.Remoting</c> as gRPC wants to know them.</summary>
internal static class RemotingMethods
{
    public const string Service = "remote.Remoting";

    // Each side writes one form of a message and reads the other.
    private static readonly Marshaller<Frame> Inbound = new(static (_, _) => throw new NotSupportedException(), Frame.Copy);
    private static readonly Marshaller<OutboundFrame> Outbound = new(OutboundFrame.Write, static _ => throw new NotSupportedException());

    /// <summary>Receive, as a client calls it.</summary>
    public static Method<OutboundFrame, Frame> Dialled { get; } = new(MethodType.DuplexStreaming, Service, "Receive", Outbound, Inbound);

    /// <summary>Receive, as a server answers it.</summary>
    public static Method<Frame, OutboundFrame> Accepted { get; } = new(MethodType.DuplexStreaming, Service, "Receive", Inbound, Outbound);

    public static Method<Wire.ListProcessesRequest, Wire.ListProcessesResponse> ListProcesses { get; } =
        Unary("ListProcesses", Wire.ListProcessesRequest.Parser, Wire.ListProcessesResponse.Parser);

    public static Method<Wire.GetProcessDiagnosticsRequest, Wire.GetProcessDiagnosticsResponse> GetProcessDiagnostics { get; } =
        Unary("GetProcessDiagnostics", Wire.GetProcessDiagnosticsRequest.Parser, Wire.GetProcessDiagnosticsResponse.Parser);

    private static Method<TRequest, TResponse> Unary<TRequest, TResponse>(
        string name, MessageParser<TRequest> requests, MessageParser<TResponse> responses)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        new(MethodType.Unary, Service, name, MarshallerOf(requests), MarshallerOf(responses));

    private static Marshaller<T> MarshallerOf<T>(MessageParser<T> parser)
        where T : class, IMessage<T> => new(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
