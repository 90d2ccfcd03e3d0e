namespace Remote.Tests;

/// <summary>This node against the recorded nodes of every release, in either place of every conversation.</summary>
public sealed class ReleaseReplayTests
{
    public static TheoryData<string, string, string> Conversations { get; } = Find();

    [Theory]
    [MemberData(nameof(Conversations))]
    [Trait("Behaviour", "O-10")]
    public Task Replay_OfARelease_ThisNodeSaysTheSame(string release, string scenario, string place) => ReplayAsync(release, scenario, place, isNewer: false);

    [Theory]
    [MemberData(nameof(Conversations))]
    [Trait("Behaviour", "O-10")]
    public Task Replay_PeerSaysMoreThanAnybodyKnows_ThisNodeSaysTheSame(string release, string scenario, string place) => ReplayAsync(release, scenario, place, isNewer: true);

    /// <summary>The recorder is used once in a release; that it works is seen all the time.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Behaviour", "O-10")]
    public async Task Record_AScenario_CanBeReplayed(string name)
    {
        var scenario = ReleaseScenarios.All.Single(scenario => scenario.Name == name);
        var text = (await ReleaseRecorder.RecordAsync(scenario, ReleaseFolder.ThisRelease)).Format();

        var recording = ReleaseConversation.Parse(text.TrimEnd('\n').Split('\n'));
        foreach (var place in Places(scenario))
        {
            await using var replay = new ReleaseReplay(recording, scenario, ReleaseSchema.Parse(ReleaseSchema.Present()), place);
            await replay.RunAsync();
        }

        Assert.Equal(text, recording.Format());
    }

    public static TheoryData<string> Names() => [.. ReleaseScenarios.All.Select(scenario => scenario.Name)];

    private static async Task ReplayAsync(string release, string name, string place, bool isNewer)
    {
        var folder = ReleaseFolder.Of(release);
        var scenario = ReleaseScenarios.All.Single(scenario => scenario.Name == name);
        await using var replay = new ReleaseReplay(folder.Read(name), scenario, folder.Schema, place) { IsNewer = isNewer };
        await replay.RunAsync();
    }

    private static IEnumerable<string> Places(ReleaseScenario scenario) => scenario.Roles.Select(role => role.Place).Distinct();

    private static TheoryData<string, string, string> Find()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var folder in ReleaseFolder.All)
        {
            foreach (var name in folder.Scenarios)
            {
                // A recording that no scenario belongs to fails in its own test, with its name.
                foreach (var place in ReleaseScenarios.All.FirstOrDefault(scenario => scenario.Name == name) is { } scenario ? Places(scenario) : ["nobody"])
                {
                    data.Add(folder.Release, name, place);
                }
            }
        }

        return data;
    }
}
