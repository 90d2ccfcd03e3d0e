using Proto;

namespace Remote.LoadTest;

/// <summary>Counts the payloads of a run and tells the driver how far it is.</summary>
internal sealed class CounterActor : IActor
{
    private PID? _collector;
    private long _expected;
    private long _every;
    private long _received;
    private long _next;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Payload:
                if (++_received == _next)
                {
                    Report(context);
                }

                break;
            case Begin begin:
                _collector = context.Sender;
                (_expected, _every, _received, _next) = (begin.Expected, begin.ProgressEvery, 0, 0);
                Report(context);
                break;
        }

        return Task.CompletedTask;
    }

    private void Report(IContext context)
    {
        _next = Math.Min(_expected, _received + _every);
        context.Send(_collector!, new Progress { Received = _received });
    }
}

/// <summary>Answers every payload with itself.</summary>
internal sealed class EchoActor : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Payload payload)
        {
            context.Respond(payload);
        }

        return Task.CompletedTask;
    }
}

/// <summary>The driver's actor: hears how far the counter is, or counts the answers itself.</summary>
internal sealed class CollectorActor(ProductRun run) : IActor
{
    private long _answers;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Payload:
                if (++_answers % run.Step == 0 || _answers == run.Expected)
                {
                    run.Taken(_answers);
                    _answers = _answers == run.Expected ? 0 : _answers;
                }

                break;
            case Progress progress:
                run.Taken(progress.Received);
                break;
        }

        return Task.CompletedTask;
    }
}
