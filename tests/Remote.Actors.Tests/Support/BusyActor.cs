namespace Remote.Actors.Tests;

/// <summary>An actor with a given mailbox that is held up in its first message, so that a test can fill the mailbox.</summary>
internal sealed class BusyActor
{
    private readonly TestSystem _system;
    private readonly Gate _gate = new();
    private readonly List<string> _received = [];

    private BusyActor(TestSystem system, IMailbox mailbox)
    {
        _system = system;
        Pid = system.Root.Spawn(Props.FromFunction(ReceiveAsync).WithMailbox(() => mailbox));
    }

    public PID Pid { get; }

    /// <summary>What was received so far. Read it after the actor has ended or finished.</summary>
    public IReadOnlyList<string> Received => _received;

    public static async Task<BusyActor> SpawnAsync(TestSystem system, IMailbox mailbox)
    {
        var actor = new BusyActor(system, mailbox);
        system.Root.Send(actor.Pid, actor._gate);
        await actor._gate.Entered.Within("the actor to be busy");
        return actor;
    }

    public void Open() => _gate.Open();

    /// <summary>Lets it work off its mailbox and gives what it received.</summary>
    public async Task<IReadOnlyList<string>> FinishAsync()
    {
        Open();
        await _system.Root.PoisonAsync(Pid).Within("the actor to have worked off its mailbox");
        return _received;
    }

    private async Task ReceiveAsync(IContext context)
    {
        if (context.Message is Gate gate)
        {
            await gate.PassAsync();
        }
        else if (context.Message is string text)
        {
            _received.Add(text);
        }
    }
}
