using Proto;

namespace Remote.ProtoPeer;

/// <summary>The kinds of actors that the node has: by name in commands, and as kinds for others.</summary>
internal static class Actors
{
    public static readonly string[] Kinds = ["echo", "record", "slow"];

    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="delay">How long a slow one takes for a message.</param>
    public static Props Create(string kind, TimeSpan delay) => kind switch
    {
        "echo" => Props.FromProducer(() => new EchoActor()),
        "record" => Props.FromProducer(() => new RecordActor(TimeSpan.Zero)),
        "slow" => Props.FromProducer(() => new RecordActor(delay)),
        _ => throw new FormatException($"'{kind}' is none of {string.Join(", ", Kinds)}."),
    };

    /// <summary>Says again what it was asked.</summary>
    private sealed class EchoActor : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Ask ask:
                    context.Respond(new Answer { Text = ask.Text });
                    break;
                case Note note when context.Sender is not null:
                    context.Respond(note);
                    break;
                case Numbered numbered when context.Sender is not null:
                    context.Respond(numbered);
                    break;
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>Counts the load, and answers a question with what it has counted.</summary>
    private sealed class RecordActor(TimeSpan delay) : IActor
    {
        private long _received, _last, _disordered;

        public async Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Numbered numbered:
                    await Task.Delay(delay);
                    Count(numbered.Number);
                    break;
                case Note:
                    _received++;
                    break;
                case Ask:
                    context.Respond(new Answer { Text = $"received={_received} last={_last} disordered={_disordered}" });
                    break;
            }
        }

        private void Count(long number)
        {
            _received++;
            _disordered += number <= _last ? 1 : 0;
            _last = number;
        }
    }
}
