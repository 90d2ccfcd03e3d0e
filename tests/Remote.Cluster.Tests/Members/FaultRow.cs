using System.Globalization;

namespace Remote.Cluster.Tests;

/// <summary>What one fault cost one cluster under load.</summary>
internal sealed record FaultRow
{
    public required string Fault { get; init; }

    /// <summary>Identities that lived on the third member when the fault began: those that a fault of that member concerns.</summary>
    public int OnTheThird { get; init; }

    /// <summary>Identities that ran twice at a time.</summary>
    public required int Doubled { get; init; }

    /// <summary>How long the worst of them did.</summary>
    public required TimeSpan LongestDoubled { get; init; }

    /// <summary>How long the worst of those did that ran twice on members other than the third.</summary>
    public TimeSpan LongestBesides { get; init; }

    /// <summary>Where that was.</summary>
    public string? Besides { get; init; }

    /// <summary>One that ran more than twice at a time, if one did: where and when.</summary>
    public string? Thrice { get; init; }

    /// <summary>
    /// Whether the member that was harmed and the others both went on until the test ended that member: how long identities ran twice is then the
    /// test's own patience.
    /// </summary>
    public bool IsUndecided { get; init; }

    /// <summary>Requests of the load, and of those that ask every identity.</summary>
    public required long Asked { get; init; }

    /// <summary>Of those that failed: how many, by reason.</summary>
    public required Dictionary<string, long> Failures { get; init; }

    /// <summary>How long a request took to fail, on average. One that fails sooner is asked again sooner, and counts more often.</summary>
    public TimeSpan FailedAfter { get; init; }

    /// <summary>Identities that did not answer at all any more.</summary>
    public required int Silent { get; init; }

    /// <summary>From the fault until every identity had answered.</summary>
    public required TimeSpan UntilAllAnswer { get; init; }

    /// <summary>What else is to be said, for example how the member came to its end.</summary>
    public string Remark { get; set; } = "";

    /// <summary>Members that nothing had been done to, and that the others put out nevertheless.</summary>
    public int OthersPutOut { get; init; }

    public long Failed => Failures.Values.Sum();

    public string ToMarkdown(string cell, string remoting) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {cell} | {Fault} | {remoting} | {OnTheThird} | {Doubled} | {LongestDoubled.TotalSeconds:0.00} | {Asked} | {Failed} | {FailedAfter.TotalSeconds:0.0} | {UntilAllAnswer.TotalSeconds:0.0} | {Reasons()}{Remark}{Others()} |");

    private string Others() => (Thrice is null ? "" : $"; {Thrice}") + PutOut();

    private string PutOut() => OthersPutOut == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {OthersPutOut} to which nothing was done were put out too");

    private string Reasons() => string.Concat(Failures.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} ({pair.Value}); ")));
}
