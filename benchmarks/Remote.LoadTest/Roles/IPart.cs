namespace Remote.LoadTest;

/// <summary>One process of a scenario that has processes of its own; it does what it is told, one command at a time, but for
/// those that are not answered.</summary>
internal interface IPart : IAsyncDisposable
{
    /// <summary>Starts; what it returns is for the coordinator, usually an address.</summary>
    Task<string> StartAsync();

    /// <summary>Does what a command says; the answer is one line, or null for what is only told.</summary>
    Task<string?> AnswerAsync(string command);

    /// <summary>Where it stands, for people.</summary>
    string Describe();
}

/// <summary>Makes the parts.</summary>
internal static class Parts
{
    public static IPart Make(string name, string plan) => name switch
    {
        CutsSender.Name => new CutsSender(CutsPlan.FromJson(plan)),
        CutsReceiver.Name => new CutsReceiver(CutsPlan.FromJson(plan)),
        SlowSenderPart.Name => new SlowSenderPart(SlowPlan.FromJson(plan)),
        SlowReceiverPart.Name => new SlowReceiverPart(SlowPlan.FromJson(plan)),
        OtherPeersPart.Name => new OtherPeersPart(SlowPlan.FromJson(plan)),
        _ => throw new LoadTestException($"There is no part '{name}'."),
    };
}
