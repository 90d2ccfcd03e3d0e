using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote.Repository.Tests;

/// <summary>docs/operations.md lists everything a running node can say, and nothing else: both directions, for each table.</summary>
public sealed partial class OperationsTests
{
    private const string Document = "docs/operations.md";

    private static readonly Assembly[] Assemblies = [.. RepositoryFiles.SourceProjects.Select(RepositoryFiles.Load)];

    /// <summary>Public types that are named like events and are none.</summary>
    private static readonly string[] NoEvents = [nameof(EndpointStatistics), nameof(EndpointOptions)];

    private static readonly Type[] Events = [.. Assemblies.SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type is { IsClass: true, IsAbstract: false, Namespace: "Remote" })
        .Where(type => type.Name.StartsWith("Endpoint", StringComparison.Ordinal) || type.Name.EndsWith("Event", StringComparison.Ordinal))
        .Where(type => !NoEvents.Contains(type.Name, StringComparer.Ordinal))];

    [Fact]
    [Trait("Behaviour", "O-06")]
    public void Events_AreDocumented() => AssertSame(Events.Select(type => type.Name), DocumentTables.Names(Document, "event"));

    /// <summary>Against the definition above: what is published and is not called like an event would not be asked for.</summary>
    [Fact]
    public void Events_AreWhatIsPublished()
    {
        var published = RepositoryFiles.Files("src", ".cs")
            .SelectMany(path => Published().Matches(RepositoryFiles.Read(path)))
            .Select(match => match.Groups["event"].Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(published);
        Assert.Empty(published.Except(Events.Select(type => type.Name)));
    }

    private static readonly LoggerMessageAttribute[] LogMessages = [.. Assemblies.SelectMany(assembly => assembly.GetTypes())
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>()];

    [Fact]
    [Trait("Behaviour", "O-06")]
    public void LogMessages_AreDocumentedWithNameAndLevel() => AssertSame(
        LogMessages.Select(message => $"{message.EventId} {message.EventName} {message.Level}"),
        DocumentTables.Rows(Document, "id").Select(row => $"{row[0]} {row[1].Trim('`')} {row[2]}"));

    /// <summary>Whoever looks an id up finds one entry.</summary>
    [Fact]
    [Trait("Behaviour", "O-06")]
    public void LogMessages_HaveAnIdAndANameEach()
    {
        Assert.Empty(LogMessages.GroupBy(message => message.EventId).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.Empty(LogMessages.GroupBy(message => message.EventName).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    /// <summary>Of each what it means and what to do. A warning that asks for nothing is none, and a question is no answer.</summary>
    [Fact]
    [Trait("Behaviour", "O-06")]
    public void LogMessages_AreDocumentedWithWhatToDo()
    {
        var faults = DocumentTables.Rows(Document, "id")
            .Where(row => row.Length != 5 || row[3].Length < 10 || row[4].Length == 0 || (row[2] is "Warning" or "Error" && row[4].Length < 25))
            .Select(row => string.Join(" | ", row));

        Assert.Empty(faults);
    }

    public static TheoryData<string> Enums =>
        [.. typeof(RemoteOptions).Assembly.GetExportedTypes().Where(type => type.IsEnum && type.Namespace == "Remote").Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Enums))]
    public void EnumMembers_AreDocumented(string name)
    {
        var type = typeof(RemoteOptions).Assembly.GetType($"Remote.{name}")!;

        AssertSame(Enum.GetNames(type), DocumentTables.Names(Document, $"`{name}`"));
    }

    /// <summary>Both pages list the reasons: the one says what they promise, the other what to do.</summary>
    [Theory]
    [InlineData(Document, "`DeadLetterReason`")]
    [InlineData("docs/delivery.md", "reason")]
    public void DeadLetterReasons_AreDocumented(string document, string heading)
    {
        var reasons = typeof(DeadLetterReason).GetProperties(BindingFlags.Static | BindingFlags.Public)
            .Where(property => property.PropertyType == typeof(DeadLetterReason))
            .Select(property => ((DeadLetterReason)property.GetValue(null)!).Name);

        AssertSame(reasons, DocumentTables.Rows(document, heading).SelectMany(row => row[0].Split(',')).Select(name => name.Trim(' ', '`')));
    }

    [Fact]
    public void RetryableErrors_AreSaidToBe() => Assert.All(
        DocumentTables.Rows(Document, "`RemoteError`"),
        row => Assert.Equal((row[0], new RemoteException(Enum.Parse<RemoteError>(row[0].Trim('`')), "").IsRetryable ? "yes" : "no"), (row[0], row[1])));

    [Fact]
    public void Statistics_AreDocumented() =>
        AssertSame(typeof(EndpointStatistics).GetProperties().Select(property => property.Name), DocumentTables.Names(Document, $"`{nameof(EndpointStatistics)}`"));

    /// <summary>With the kind and the unit that collectors are told, which only a node that runs says.</summary>
    [Fact]
    [Trait("Behaviour", "O-06")]
    public async Task Instruments_AreDocumentedWithKindAndUnit()
    {
        var instruments = new List<Instrument>();
        var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await using (system)
        {
            await system.Remote().StartAsync();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, _) =>
                {
                    if (instrument.Meter.Name == RemoteTelemetry.MeterName)
                    {
                        instruments.Add(instrument);
                    }
                },
            };
            listener.Start();
            await system.Remote().ShutdownAsync();
        }

        AssertSame(
            instruments.Select(static instrument => $"{instrument.Name} {KindOf(instrument)} {instrument.Unit}"),
            DocumentTables.Rows(Document, "instrument").Select(static row => $"{row[0].Trim('`')} {row[1]} {row[2].Trim('`')}"));
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        ObservableCounter<long> => "counter",
        ObservableUpDownCounter<long> => "up and down",
        ObservableGauge<long> => "gauge",
        Histogram<long> or Histogram<double> => "histogram",
        _ => instrument.GetType().Name,
    };

    private static void AssertSame(IEnumerable<string> code, IEnumerable<string> document)
    {
        var (inCode, inDocument) = (code.ToList(), document.ToList());
        Assert.NotEmpty(inCode);
        var faults = inCode.Except(inDocument, StringComparer.Ordinal).Select(name => $"{name} is not documented")
            .Concat(inDocument.Except(inCode, StringComparer.Ordinal).Select(name => $"{name} is documented and does not exist"))
            .Concat(inDocument.GroupBy(name => name, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => $"{same.Key} is documented twice"));

        Assert.Empty(faults);
    }

    /// <summary>An event that is made where it is published, or made to be published by <c>ThrottlePublisher</c>.</summary>
    [GeneratedRegex(@"(\.Publish\(new |= new (?=Endpoint\w+\(address, change))(?<event>\w+)\(")]
    private static partial Regex Published();
}
