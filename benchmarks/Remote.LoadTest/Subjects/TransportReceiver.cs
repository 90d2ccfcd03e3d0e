using System.Net;
using Grpc.Core;
using Remote.Protocol;

namespace Remote.LoadTest;

/// <summary>
/// The web server of a node, its sockets and its marshallers, with nothing behind them: walks and counts the envelopes of each frame, and
/// answers each frame with one of as many envelopes where the scenario has answers.
/// </summary>
internal sealed class TransportReceiver(RunPlan plan) : IReceiver, IRemotingHandler
{
    private readonly ReadOnlyMemory<byte> _answer = Scenarios.Answers(plan.Scenario) ? PrebuiltFrame.Message(plan) : PrebuiltFrame.Message(1, 0, withSender: false);
    private NodeListener? _listener;

    public long DeadLetters => 0;

    public async Task<string> StartAsync()
    {
        _listener = await NodeListener.StartAsync(new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), this));
        return _listener.Address;
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }
    }

    Task IRemotingHandler.ReceiveAsync(AcceptedCall call) => Scenarios.Answers(plan.Scenario) ? AnswerAsync(call) : CountAsync(call);

    Task<ListProcessesResponse> IRemotingHandler.ListProcessesAsync(
        ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken) => throw Nothing();

    Task<GetProcessDiagnosticsResponse> IRemotingHandler.GetProcessDiagnosticsAsync(GetProcessDiagnosticsRequest request, bool isLocal) => throw Nothing();

    private async Task CountAsync(AcceptedCall call)
    {
        var counted = 0;
        while (await call.Reader.ReadAsync())
        {
            counted += EnvelopeWalker.Count(call.Reader.Message.Span);
            if (counted == plan.Messages)
            {
                counted = 0;
                await call.WriteAsync(_answer);
            }
        }
    }

    private async Task AnswerAsync(AcceptedCall call)
    {
        while (await call.Reader.ReadAsync())
        {
            if (EnvelopeWalker.Count(call.Reader.Message.Span) != plan.MessagesPerFlush)
            {
                throw new LoadTestException("A frame is not what was sent.");
            }

            await call.WriteAsync(_answer);
        }
    }

    private static RpcException Nothing() => new(new Status(StatusCode.Unimplemented, "There are no actors here."));
}
