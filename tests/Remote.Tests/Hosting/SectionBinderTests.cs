using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Remote.Tests;

/// <summary>Options that come from configuration: every plain value, and every fault at once.</summary>
[Trait("Behaviour", "O-01")]
public sealed class SectionBinderTests
{
    public static TheoryData<string> Options => [.. OptionNames.All(new RemoteOptions(), new RemoteSection()).Select(option => option.Name)];

    public static TheoryData<string> Texts => [.. AllTexts.Where(name => !IsOfSecurity(name))];

    public static TheoryData<string> TextsOfSecurity => [.. AllTexts.Where(IsOfSecurity)];

    private static IEnumerable<string> AllTexts =>
        OptionNames.All(new RemoteOptions(), new RemoteSection()).Where(option => option.Property.PropertyType == typeof(string)).Select(option => option.Name);

    /// <summary>By the names that there are, so that an option of tomorrow is bound too.</summary>
    [Theory]
    [MemberData(nameof(Options))]
    public void Option_IsSetByItsName(string name)
    {
        var (_, property, untouched) = Find(new RemoteOptions(), name);
        var key = name.Replace('.', ':').ToLowerInvariant();
        var (text, expected) = Other(property.PropertyType, property.GetValue(untouched));

        var options = Read(property.PropertyType.IsGenericType && text is null ? ListOf(key, property.PropertyType) : new() { [key] = text });

        Assert.Empty(options.Section.Faults);
        var (_, _, owner) = Find(options, name);
        if (expected is not null)
        {
            Assert.Equal(expected, property.GetValue(owner));
        }
        else
        {
            Assert.Single((System.Collections.IEnumerable)property.GetValue(owner)!);
        }
    }

    [Fact]
    public void Lists_KeepTheirOrder_AndAddressesMayBeKeys()
    {
        var options = Read(new()
        {
            ["Aliases:0"] = "a:1",
            ["Aliases:1"] = "b:2",
            ["Dialects:old:8000"] = "PidTargets",
            ["Dialects:[::1]:8000"] = "stringtargets",
            ["BlockList:Entries:0:SystemId"] = "someone",
            ["BlockList:Entries:1:Address"] = "bad:8000",
            ["BlockList:Entries:1:Duration"] = "1.00:00:00",
        });

        Assert.Empty(options.Section.Faults);
        Assert.Equal(["a:1", "b:2"], options.Aliases);
        Assert.Equal((WireDialect.PidTargets, WireDialect.StringTargets, 2), (options.Dialects["old:8000"], options.Dialects["[::1]:8000"], options.Dialects.Count));
        Assert.Equal(("someone", "bad:8000", TimeSpan.FromDays(1)), (options.BlockList.Entries[0].SystemId, options.BlockList.Entries[1].Address, options.BlockList.Entries[1].Duration));
    }

    [Theory]
    [InlineData("Endpoint:QueCapacity", "Endpoint.QueCapacity is no option; did you mean Endpoint.QueueCapacity?")]
    [InlineData("Endpiont:QueueCapacity", "Endpiont is no option; did you mean Endpoint?")]
    [InlineData("QueueCapacity", "QueueCapacity is no option; did you mean Endpoint.QueueCapacity?")]
    [InlineData("Endpoint:SendTimeout", "Endpoint.SendTimeout is no option; did you mean SendTimeout?")]
    [InlineData("SendTimeuot", "SendTimeuot is no option; did you mean SendTimeout?")]
    [InlineData("AdvertizedHost", "AdvertizedHost is no option; did you mean AdvertisedHost?")]
    [InlineData("BlockList:Entries:0:Adress", "BlockList.Entries[0].Adress is no option; did you mean BlockList.Entries[0].Address?")]
    [InlineData("Colour", "Colour is no option; the options are in docs/operations.md")]
    [InlineData("Hooks:TimeProvider", "Hooks can only be set in code, not by configuration")]
    [InlineData("RegisteredJsonTypes:0", "RegisteredJsonTypes can only be set in code, not by configuration")]
    public void NameThatIsNone_IsAFaultWithTheNearestOne(string key, string fault) =>
        Assert.Equal([fault], Read(new() { [key] = "1" }).Section.Faults);

    [Theory]
    [InlineData("Port", "http", "Port is 'http'; it must be a whole number, at most 2147483647")]
    [InlineData("Endpoint:QueueCapacity", "3000000000", "Endpoint.QueueCapacity is '3000000000'; it must be a whole number, at most 2147483647")]
    [InlineData("SendTimeout", "30", "SendTimeout is '30'; it must be a time such as 00:00:30 (24 hours are 1.00:00:00)")]
    [InlineData("SendTimeout", "24:00:00", "SendTimeout is '24:00:00'; it must be a time such as 00:00:30 (24 hours are 1.00:00:00)")]
    [InlineData("Link:Resume", "yes", "Link.Resume is 'yes'; it must be true or false")]
    [InlineData("Backpressure:Warning", "60%", "Backpressure.Warning is '60%'; it must be a number such as 0.5")]
    [InlineData("Endpoint:Overflow", "DropAll", "Endpoint.Overflow is 'DropAll'; it must be DropNewest, DropOldest or ShedAtCritical")]
    [InlineData("Endpoint:Overflow", "1", "Endpoint.Overflow is '1'; it must be DropNewest, DropOldest or ShedAtCritical")]
    [InlineData("Dialects:old:8000", "new", "Dialects['old:8000'] is 'new'; it must be Auto, StringTargets or PidTargets")]
    [InlineData("Endpoint", "100", "Endpoint is '100'; it must have options below it")]
    [InlineData("Aliases", "a:1", "Aliases is 'a:1'; it must be a list: Aliases:0, Aliases:1 and so on")]
    [InlineData("SendTimeout:0", "1", "SendTimeout has values below it; it must be a time such as 00:00:30 (24 hours are 1.00:00:00)")]
    public void ValueThatIsNone_IsAFaultWithWhatIsRight(string key, string value, string fault) =>
        Assert.Equal([fault], Read(new() { [key] = value }).Section.Faults);

    [Fact]
    public void EmptyValue_IsNoneWhereThatIsAllowed_AndElsewhereNotSet()
    {
        var options = Read(new() { ["Transport:MaxConnections"] = "", ["MaxEndpoints"] = "", ["BlockList:Entries"] = "", ["Endpoint"] = "" });

        Assert.Empty(options.Section.Faults);
        Assert.Equal(((long?)null, 10_000), (options.Transport.MaxConnections, options.MaxEndpoints));
    }

    /// <summary>As an environment has it, where a variable cannot be taken away: <c>Remote__UnixSocketPath=</c>.</summary>
    [Theory]
    [MemberData(nameof(Texts))]
    public void EmptyText_IsNone(string name)
    {
        var options = new RemoteOptions();
        var (_, property, owner) = Find(options, name);
        property.SetValue(owner, "set by code");

        Read(new() { [name.Replace('.', ':')] = "" }, options);

        Assert.Empty(options.Section.Faults);
        (_, _, owner) = Find(options, name);
        Assert.Null(property.GetValue(owner));
    }

    /// <summary>A variable that somebody forgot to fill does not switch TLS or a secret off.</summary>
    [Theory]
    [MemberData(nameof(TextsOfSecurity))]
    public void EmptyText_OfTlsOrAccess_StaysOne_AndAPathIsAFault(string name)
    {
        var options = Read(new() { [name.Replace('.', ':')] = "", ["Access:Policy"] = name.StartsWith("Access", StringComparison.Ordinal) ? "SharedSecret" : "AllowAll" });

        var (_, property, owner) = Find(options, name);
        Assert.Equal("", property.GetValue(owner));
        Assert.True(!name.EndsWith("Path", StringComparison.Ordinal) || RemoteOptionsValidator.Validate(options).Any(fault => fault.StartsWith($"RemoteOptions.{name} is empty", StringComparison.Ordinal)));
    }

    [Fact]
    public void EmptyReason_StaysEmpty()
    {
        var entry = Assert.Single(Read(new() { ["BlockList:Entries:0:SystemId"] = "", ["BlockList:Entries:0:Address"] = "a:1", ["BlockList:Entries:0:Reason"] = "" }).BlockList.Entries);

        Assert.Equal((null, "a:1", ""), (entry.SystemId, entry.Address, entry.Reason));
    }

    [Theory]
    [InlineData("00:00:30", 30_000)]
    [InlineData("23:59:59", 86_399_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    [InlineData("00:00:00.5", 500)]
    [InlineData("-00:00:00.001", -1)]
    public void Time_IsRead(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Read(new() { ["Reconnect:MaxDelay"] = text }).Reconnect.MaxDelay);

    [Fact]
    public void Fault_DoesNotKeepTheRestFromBeingRead()
    {
        var options = Read(new() { ["A"] = "1", ["MaxEndpoints"] = "many", ["SendTimeout"] = "00:00:07", ["Zzz"] = "1" });

        Assert.Equal((3, TimeSpan.FromSeconds(7)), (options.Section.Faults.Count, options.SendTimeout));
    }

    private static RemoteOptions Read(Dictionary<string, string?> values, RemoteOptions? known = null)
    {
        var options = known ?? new RemoteOptions();
        RemoteSection.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), options);
        return options;
    }

    private static bool IsOfSecurity(string name) => name.StartsWith("Tls.", StringComparison.Ordinal) || name.StartsWith("Access.", StringComparison.Ordinal);

    private static (string Name, System.Reflection.PropertyInfo Property, object Owner) Find(RemoteOptions options, string name) =>
        OptionNames.All(options, options.Section).Single(option => option.Name == name);

    /// <summary>A text for a value that is not the default; none for collections.</summary>
    private static (string? Text, object? Value) Other(Type type, object? value)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        object? other = plain.IsEnum ? Enum.GetValues(plain).Cast<object>().First(member => !member.Equals(value))
            : plain == typeof(string) ? "some text"
            : plain == typeof(bool) ? value is not true
            : plain == typeof(TimeSpan) ? TimeSpan.FromSeconds(1234.5)
            : plain == typeof(int) ? 1234
            : plain == typeof(long) ? 123_456_789_012L
            : plain == typeof(double) ? 0.375
            : null;
        return (other is null ? null : Convert.ToString(other, CultureInfo.InvariantCulture), other);
    }

    private static Dictionary<string, string?> ListOf(string key, Type type) =>
        type == typeof(IList<BlockedPeer>) ? new() { [$"{key}:0:Address"] = "a:1" }
        : type == typeof(IDictionary<string, WireDialect>) ? new() { [$"{key}:a:1"] = "PidTargets" }
        : new() { [$"{key}:0"] = "a:1" };
}
