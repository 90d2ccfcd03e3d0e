using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Repository.Tests;

/// <summary>docs/operations.md lists every option with the default it really has.</summary>
public sealed class OptionTests
{
    private const string Document = "docs/operations.md";

    // What only tests use has no nights.
    private static readonly Type[] OptionTypes = [.. RepositoryFiles.SourceProjects.Where(project => project != "Remote.Testing")
        .SelectMany(project => RepositoryFiles.Load(project).GetExportedTypes())
        .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal))];

    /// <summary>Those that people create; the others are parts of them.</summary>
    private static readonly string[] Names = [nameof(RemoteOptions), "EtcdClusterOptions", "RedisIdentityOptions"];

    public static TheoryData<string> Tables => [.. Names];

    [Theory]
    [MemberData(nameof(Tables))]
    [Trait("Behaviour", "O-06")]
    public void Options_AreDocumentedWithTheirDefaults(string name)
    {
        var type = OptionTypes.Single(type => type.Name == name);
        var expected = Defaults("", Activator.CreateInstance(type)!).ToDictionary(option => option.Name, option => option.Default, StringComparer.Ordinal);
        var rows = DocumentTables.Rows(Document, $"`{name}`").ToDictionary(row => row[0].Trim('`'), row => row[1], StringComparer.Ordinal);

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        var wrong = expected.Where(option => rows[option.Key].Split(" (")[0] != option.Value).Select(option => $"{option.Key}: {option.Value}, documented as {rows[option.Key]}");
        Assert.Empty(wrong);
    }

    /// <summary>Against the list above: a new class of options needs a table, or a place in one.</summary>
    [Fact]
    public void OptionTypes_HaveATableOrAreAPartOfOne()
    {
        var parts = OptionTypes.Where(type => Names.Contains(type.Name, StringComparer.Ordinal))
            .SelectMany(type => type.GetProperties())
            .Select(property => property.PropertyType);

        var left = OptionTypes.Except(parts).Select(type => type.Name).Except(Names, StringComparer.Ordinal);

        Assert.Empty(left);
    }

    /// <summary>Those that a running node takes from configuration are listed, and no others.</summary>
    [Fact]
    [Trait("Behaviour", "O-06")]
    public void ChangeableOptions_AreListed()
    {
        var changeable = (IReadOnlySet<string>)typeof(RemoteOptions).Assembly.GetType("Remote.ConfigurationReload")!
            .GetField("Changeable", BindingFlags.Static | BindingFlags.NonPublic)!
            .GetValue(null)!;

        Assert.Equal(
            changeable.Append("BlockList.Entries").Order(StringComparer.Ordinal),
            DocumentTables.Names(Document, "changes while the node runs").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Name, string Default)> Defaults(string prefix, object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsOption))
        {
            var value = property.GetValue(options);
            var part = value is not null && (OptionTypes.Contains(property.PropertyType) || value is RemoteHooks);
            foreach (var option in part ? Defaults($"{prefix}{property.Name}.", value!) : [(prefix + property.Name, Text(value))])
            {
                yield return option;
            }
        }
    }

    // A collection without a setter is filled instead, and so is a part.
    private static bool IsOption(PropertyInfo property) =>
        property.CanWrite || OptionTypes.Contains(property.PropertyType) || (property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() is var kind && (kind == typeof(ICollection<>) || kind == typeof(IList<>)));

    /// <summary>The text for a default; units are chosen so that the number stays small.</summary>
    private static string Text(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        Enum member => $"`{member}`",
        TimeSpan time when time == Timeout.InfiniteTimeSpan => "never",
        TimeSpan time when time < TimeSpan.FromSeconds(1) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms"),
        TimeSpan time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
        double number => number.ToString("0.##", CultureInfo.InvariantCulture),
        int or long => ((IFormattable)value).ToString("N0", CultureInfo.InvariantCulture),
        NullLoggerFactory => "silent",
        TimeProvider time when time == TimeProvider.System => "the system's",
        IEnumerable many when !many.Cast<object>().Any() => "none",
        _ => throw new NotSupportedException($"No text for a {value.GetType()}."),
    };
}
