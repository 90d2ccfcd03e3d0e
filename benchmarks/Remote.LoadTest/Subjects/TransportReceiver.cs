using Remote.Transport;

namespace Remote.LoadTest;

/// <summary>
/// Our gRPC server with one duplex method that walks and counts the envelopes of each frame, and answers each frame with
/// one of as many envelopes where the scenario has answers.
/// </summary>
internal sealed class TransportReceiver(RunPlan plan) : IReceiver
{
    public const string Method = "/remote.loadtest.Stream/Receive";

    private readonly ReadOnlyMemory<byte> _answer = Scenarios.Answers(plan.Scenario) ? PrebuiltFrame.Message(plan) : PrebuiltFrame.Message(1, 0, withSender: false);
    private GrpcServer? _server;

    public long DeadLetters => 0;

    public async Task<string> StartAsync()
    {
        var options = new GrpcServerOptions { Methods = new GrpcMethods().Add(Method, Scenarios.Answers(plan.Scenario) ? AnswerAsync : CountAsync) };
        _server = await GrpcServer.StartAsync(options.Listen("127.0.0.1", 0));
        return _server.Addresses[0];
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private async Task CountAsync(GrpcServerStream stream)
    {
        await stream.StartAsync();
        var walker = new EnvelopeWalker();
        var counted = 0;
        while (await stream.Reader.ReadAsync())
        {
            counted += walker.Count(stream.Reader.Message);
            if (counted == plan.Messages)
            {
                counted = 0;
                await stream.WriteAsync(_answer);
            }
        }
    }

    private async Task AnswerAsync(GrpcServerStream stream)
    {
        await stream.StartAsync();
        var walker = new EnvelopeWalker();
        while (await stream.Reader.ReadAsync())
        {
            if (walker.Count(stream.Reader.Message) != plan.MessagesPerFlush)
            {
                throw new LoadTestException("A frame is not what was sent.");
            }

            await stream.WriteAsync(_answer);
        }
    }
}
