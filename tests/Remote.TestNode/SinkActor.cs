using Proto;

namespace Remote.TestNode;

/// <summary>Takes the load down and says now and then how far it is; answers questions after what came before them.</summary>
internal sealed class SinkActor(int life, Ledger? ledger, PID? pace) : IActor
{
    /// <summary>The name of the actor.</summary>
    public const string Name = "sink";

    /// <summary>After how many messages of the load it says so.</summary>
    public const int SayEvery = 100;

    private int _taken;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Numbered numbered:
                Take(context, numbered);
                break;
            case Ask ask:
                context.Respond(new Answer { Life = ask.Life, Number = ask.Number, AnsweredBy = life });
                break;
        }

        return Task.CompletedTask;
    }

    private void Take(IContext context, Numbered numbered)
    {
        ledger?.Record(life, numbered);
        if (++_taken % SayEvery == 0 && pace is not null)
        {
            context.Send(pace, new Taken { Life = life, Count = SayEvery });
        }
    }
}
