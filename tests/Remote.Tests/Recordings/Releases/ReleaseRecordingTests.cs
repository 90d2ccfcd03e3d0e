using Google.Protobuf.Reflection;

namespace Remote.Tests;

/// <summary>That the recordings are all there, as they were made, and say everything that can be said.</summary>
public sealed class ReleaseRecordingTests
{
    private const string HowTo = "tests/Remote.Tests/Recordings/README.md says how and when to record.";

    /// <summary>What no conversation has, and why.</summary>
    private static readonly string[] Unsaid =
    [
        // Nodes read it and none says it.
        "remote.RemoteMessage.heartbeat_echo",
    ];

    /// <summary>What travels on no stream but in calls of its own.</summary>
    private static readonly string[] Calls = ["remote.ListProcesses", "remote.GetProcessDiagnostics"];

    [Fact]
    [Trait("Behaviour", "O-10")]
    public void Folder_OfThisRelease_HasEveryScenario()
    {
        var folder = ReleaseFolder.All.SingleOrDefault(folder => folder.Release == ReleaseFolder.ThisRelease);
        Assert.True(folder is not null, $"Release {ReleaseFolder.ThisRelease} has no recordings. {HowTo}");
        var missing = ReleaseScenarios.All.Select(scenario => scenario.Name).Except(folder.Scenarios).ToArray();
        Assert.True(missing.Length == 0, $"Not recorded for release {folder.Release}: {string.Join(", ", missing)}. {HowTo}");
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public void Folders_SinceTheyWereRecorded_AreUnchanged()
    {
        Assert.NotEmpty(ReleaseFolder.All);
        var changes = ReleaseFolder.All.SelectMany(folder => folder.Changes()).ToArray();
        Assert.True(changes.Length == 0, $"Recordings are never changed, and these were, or are new or gone: {string.Join(", ", changes)}. {HowTo}");
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public void Recordings_Together_SayEveryFieldOfTheirProtocol()
    {
        foreach (var folder in ReleaseFolder.All)
        {
            var schema = folder.Schema;
            var said = Frames(folder, schema).SelectMany(frame => frame.All()).Select(pair => pair.Field.FullName).ToHashSet();
            var fields = schema.Messages.Where(message => !Calls.Any(call => message.FullName.StartsWith(call, StringComparison.Ordinal))).SelectMany(All);
            var missing = fields.Select(field => field.FullName).Except(Unsaid).Except(said).ToArray();
            Assert.True(missing.Length == 0, $"No recording of {folder.Release} says {string.Join(", ", missing)}: add a conversation that does.");
        }
    }

    /// <summary>A recording is of use only if a change is noticed: every field that was ever said, with another number.</summary>
    [Fact]
    [Trait("Behaviour", "O-10")]
    public void Comparison_OneFieldOfAFrameHasAnotherNumber_Differs()
    {
        foreach (var folder in ReleaseFolder.All)
        {
            var schema = folder.Schema;
            foreach (var frame in Frames(folder, schema).Where(frame => frame.Case is not ("Acknowledgement" or "TargetPause")))
            {
                Assert.Empty(new ReleaseRules(new ReleaseNames()).Compare(frame, schema.Read(frame.ToBytes(asNewer: true))));
                foreach (var (field, bytes) in frame.Renumbered())
                {
                    Assert.True(new ReleaseRules(new ReleaseNames()).Compare(frame, schema.Read(bytes)).Any(), $"Nobody notices another number of {field.FullName} in {frame}.");
                }
            }
        }
    }

    [Fact]
    [Trait("Behaviour", "O-10")]
    public void Recordings_ByTheirOwnProtocol_HaveNothingUnknown()
    {
        foreach (var folder in ReleaseFolder.All)
        {
            Assert.Empty(Frames(folder, folder.Schema).SelectMany(frame => frame.AllUnknown()));
        }
    }

    private static IEnumerable<WireMessage> Frames(ReleaseFolder folder, ReleaseSchema schema) =>
        folder.Scenarios.SelectMany(name => folder.Read(name).Entries).Where(entry => entry.Kind == ReleaseKind.Frame).Select(entry => schema.Read(entry.Bytes));

    private static IEnumerable<FieldDescriptor> All(MessageDescriptor message) => message.Fields.InFieldNumberOrder().Concat(message.NestedTypes.SelectMany(All));
}
