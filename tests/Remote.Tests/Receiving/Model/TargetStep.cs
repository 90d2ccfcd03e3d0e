using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links;

/// <summary>What can happen between a sender and the actors of its peer.</summary>
internal enum TargetAction
{
    /// <summary>The application sends messages to a target.</summary>
    Send,

    /// <summary>The application sends messages to a target and waits for room.</summary>
    SendAsync,

    /// <summary>The writer takes what may go and puts it on the wire.</summary>
    Write,

    /// <summary>The next batch reaches the mailboxes.</summary>
    Arrive,

    /// <summary>An actor takes messages; what its restart loses is taken too.</summary>
    Take,

    /// <summary>An actor ends with what is in its mailbox, and what comes later finds nobody; or there is one again.</summary>
    End,

    /// <summary>The receiver says what is due.</summary>
    Tell,

    /// <summary>The sender hears the next thing that was said.</summary>
    Hear,

    /// <summary>The stream is lost with everything on it, and the next one begins.</summary>
    Cut,
}

/// <summary>One step of a case.</summary>
/// <param name="Action">What happens.</param>
/// <param name="Target">To which target; 0 is the slow one.</param>
/// <param name="Count">How often, from 1.</param>
internal readonly record struct TargetStep(TargetAction Action, int Target, int Count)
{
    public override string ToString() => $"{Action}({Target}, {Count})";
}

/// <summary>A case: the window in bytes, the policy, and what happens.</summary>
internal sealed record TargetCase(long WindowBytes, SlowTargetPolicy Policy, TargetStep[] Steps)
{
    /// <summary>The slow target and its neighbours.</summary>
    internal const int Targets = 6;

    private const int MostAtOnce = 9;

    private static readonly (int Weight, TargetAction[] Actions)[] Runs =
    [
        (8, [TargetAction.Send]), (6, [TargetAction.SendAsync]), (8, [TargetAction.Write]), (8, [TargetAction.Arrive]), (6, [TargetAction.Take]),
        (6, [TargetAction.Tell]), (8, [TargetAction.Hear]), (1, [TargetAction.End]), (1, [TargetAction.Cut]),
        (8, [TargetAction.Send, TargetAction.Write, TargetAction.Arrive]), (6, [TargetAction.Tell, TargetAction.Hear]),
    ];

    /// <summary>Random cases. Every other step is about the slow target, or it would seldom hold much.</summary>
    internal static Arbitrary<TargetCase> Any { get; } = Arb.From(
        from windowBytes in Gen.Elements(100L, 400L)
        from policy in Gen.Frequency((4, Gen.Constant(SlowTargetPolicy.Park)), (1, Gen.Constant(SlowTargetPolicy.DeadLetter)))
        from length in Gen.Choose(0, 120)
        from runs in Run.ArrayOf(length)
        select new TargetCase(windowBytes, policy, [.. runs.SelectMany(run => run)]),
        Shrink);

    private static Gen<TargetStep[]> Run =>
        from actions in Gen.Frequency(Runs.Select(run => (run.Weight, Gen.Constant(run.Actions))))
        from target in Gen.Choose(1 - Targets, Targets - 1)
        from count in Gen.Choose(1, MostAtOnce)
        select actions.Select(action => new TargetStep(action, Math.Max(0, target), count)).ToArray();

    public override string ToString() => $"{WindowBytes} bytes, {Policy}: {string.Join(' ', Steps)}";

    /// <summary>Leaves out ever smaller parts.</summary>
    private static IEnumerable<TargetCase> Shrink(TargetCase one)
    {
        for (var part = one.Steps.Length; part > 0; part /= 2)
        {
            for (var start = 0; start + part <= one.Steps.Length; start += part)
            {
                yield return one with { Steps = [.. one.Steps[..start], .. one.Steps[(start + part)..]] };
            }
        }
    }
}
