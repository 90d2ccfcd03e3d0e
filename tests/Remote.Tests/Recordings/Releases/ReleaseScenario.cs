namespace Remote.Tests;

/// <summary>
/// A conversation that every release is recorded having: who takes part, and what the applications do. Steps are the order in which it is recorded; a
/// replay follows the recording and takes only the code of the acts from here. An act keeps its meaning for ever: old recordings name it.
/// </summary>
internal sealed class ReleaseScenario(string name, params ReleaseRole[] roles)
{
    private readonly Dictionary<(string Node, string Name), Func<ReleaseActor, Task>> _acts = [];

    public string Name { get; } = name;

    public IReadOnlyList<ReleaseRole> Roles { get; } = roles;

    public List<ReleaseStep> Steps { get; } = [];

    public Func<ReleaseActor, Task> Act(string node, string act) => _acts.TryGetValue((node, act), out var code)
        ? code
        : throw new ReplayException($"{Name}: nobody knows what '{node} {act}' is; scenarios keep the acts of old recordings.");

    public ReleaseRole Role(string node) => Roles.Single(role => role.Name == node);

    /// <summary>An application does something.</summary>
    /// <param name="node">At which node.</param>
    /// <param name="act">Its name in the recording.</param>
    /// <param name="code">What it does; when it completes, the conversation goes on.</param>
    /// <param name="brings">What is waited for when this is recorded: who says or does what, in any order.</param>
    public ReleaseScenario Act(string node, string act, Func<ReleaseActor, Task> code, params string[] brings)
    {
        _acts.Add((node, act), code);
        Steps.Add(new ReleaseStep(ReleaseKind.Act, node, act) { Brings = brings });
        return this;
    }

    /// <inheritdoc cref="Act(string, string, Func{ReleaseActor, Task}, string[])"/>
    public ReleaseScenario Act(string node, string act, Action<ReleaseActor> code, params string[] brings) => Act(
        node,
        act,
        actor =>
        {
            code(actor);
            return Task.CompletedTask;
        },
        brings);

    /// <summary>A node that does not start at the beginning starts now.</summary>
    public ReleaseScenario Starts(string node) => With(new ReleaseStep(ReleaseKind.Start, node, ""));

    /// <summary>A node is gone without a word.</summary>
    public ReleaseScenario Dies(string node) => With(new ReleaseStep(ReleaseKind.Stop, node, ""));

    /// <summary>The network breaks the connection of a stream.</summary>
    public ReleaseScenario Cut(string stream, params string[] brings) => With(new ReleaseStep(ReleaseKind.Cut, "", stream) { Brings = brings });

    /// <summary>Answers are held back, so that what is queued meanwhile is one batch.</summary>
    public ReleaseScenario Hold() => With(new ReleaseStep(ReleaseKind.Open, "", "hold"));

    /// <summary>They go on.</summary>
    public ReleaseScenario LetGo(params string[] brings) => With(new ReleaseStep(ReleaseKind.Open, "", "go") { Brings = brings });

    /// <summary>What diallers say is lost from now on, until the next cut.</summary>
    public ReleaseScenario Lose() => With(new ReleaseStep(ReleaseKind.Open, "", "lose"));

    /// <summary>A handshake that was under way for long arrives: the first of a stream once more, on another one.</summary>
    public ReleaseScenario Late(string stream, params string[] brings) => With(new ReleaseStep(ReleaseKind.Frame, "", stream) { Brings = brings });

    private ReleaseScenario With(ReleaseStep step)
    {
        Steps.Add(step);
        return this;
    }
}

/// <summary>One thing that happens when a scenario is recorded.</summary>
internal sealed record ReleaseStep(ReleaseKind Kind, string Node, string Text)
{
    public IReadOnlyList<string> Brings { get; init; } = [];
}

/// <summary>A node of a scenario.</summary>
/// <param name="Name">Its name.</param>
internal sealed record ReleaseRole(string Name)
{
    /// <summary>Whose place it takes: it has the other's address. Who plays the one plays the other.</summary>
    public string? Replaces { get; init; }

    /// <summary>It has no listener.</summary>
    public bool IsClient { get; init; }

    /// <summary>Its clock moves when an act moves it.</summary>
    public bool HasManualClock { get; init; }

    /// <summary>Its settings.</summary>
    public Action<RemoteOptions>? Options { get; init; }

    /// <summary>What it knows beside what all do.</summary>
    public Action<TestSetup>? Setup { get; init; }

    /// <summary>It is not there from the beginning.</summary>
    public bool IsLate { get; init; }

    /// <summary>The place it has, whichever life it is.</summary>
    public string Place => Replaces ?? Name;

    /// <summary>Where others find it.</summary>
    public string Address => IsClient ? "" : $"{Place}:8000";

    /// <summary>What it is bound to; others are led there.</summary>
    public string BoundTo => $"{Name}.bound:8000";

    /// <summary>Where others end up that dial it: at the recorder, or at who plays it.</summary>
    public string Door => $"{Place}.door:8000";
}
