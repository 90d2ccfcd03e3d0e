using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Each option that cannot be right is named, all of them at once.</summary>
[Trait("Behaviour", "K-06")]
public sealed class OptionsTests
{
    public static TheoryData<string, Action<EtcdClusterOptions>> Faults => new()
    {
        { "Endpoints has 0", options => options.Endpoints.Clear() },
        { "Endpoints[1] is 'localhost:2379'", options => options.Endpoints.Add("localhost:2379") },
        { "Endpoints[1] is 'ftp://etcd:1'", options => options.Endpoints.Add("ftp://etcd:1") },
        { "Endpoints[1] is 'http://etcd:1/v3'", options => options.Endpoints.Add("http://etcd:1/v3") },
        { "Endpoints[1] is 'http://me:secret@etcd:1'", options => options.Endpoints.Add("http://me:secret@etcd:1") },
        { "Endpoints[1] is ''", options => options.Endpoints.Add(null!) },
        { "KeyPrefix is ''", options => options.KeyPrefix = "" },
        { "KeyPrefix is '/a/'", options => options.KeyPrefix = "/a/" },
        { "LeaseTimeToLive is '00:00:00'", options => options.LeaseTimeToLive = TimeSpan.Zero },
        { "LeaseTimeToLive is '00:00:10.5", options => options.LeaseTimeToLive = TimeSpan.FromSeconds(10.5) },
        { "LeaseTimeToLive is '01:00:01'", options => options.LeaseTimeToLive = TimeSpan.FromSeconds(3601) },
        { "CallTimeout is '00:00:06'", options => options.CallTimeout = TimeSpan.FromSeconds(6) },
        { "CallTimeout is '00:00:00'", options => options.CallTimeout = TimeSpan.Zero },
        { "StartTimeout is '00:00:00'", options => options.StartTimeout = TimeSpan.Zero },
        { "OutageGrace is '00:00:05'", options => options.OutageGrace = TimeSpan.FromSeconds(5) },
        { "BlockSettlingTime is '00:00:00'", options => options.BlockSettlingTime = TimeSpan.Zero },
        { "Retry.InitialDelay is '00:00:00'", options => options.Retry.InitialDelay = TimeSpan.Zero },
        { "Retry.MaxDelay is '00:00:00.1", options => options.Retry.MaxDelay = TimeSpan.FromMilliseconds(100) },
        { "Retry.Jitter is 'NaN'", options => options.Retry.Jitter = double.NaN },
        { "User is 'me' and Password is not set", options => options.User = "me" },
        { "User is '' and Password is set", options => options.Password = "secret" },
        { "Tls.RootCertificatesFile is '/no/such'", options => options.Tls.RootCertificatesFile = "/no/such" },
        { "Tls.ClientCertificateFile is '/no/such'", options => options.Tls.ClientCertificateFile = "/no/such" },
        { "no entry of Endpoints begins with https://", options => options.Tls.RootCertificatesFile = "/no/such" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Option_ThatCannotBeRight_IsNamed(string expected, Action<EtcdClusterOptions> change)
    {
        var options = Good();
        change(options);

        var faults = EtcdClusterOptionsValidator.Validate(options, new EtcdClusterHooks());

        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        Assert.DoesNotContain(faults, fault => fault.Contains("is 'secret'", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_AsTheyAre_AreRight() => Assert.Empty(EtcdClusterOptionsValidator.Validate(Good(), new EtcdClusterHooks()));

    [Fact]
    public void Faults_AreAllInOneException()
    {
        var options = Good();
        (options.KeyPrefix, options.User, options.LeaseTimeToLive) = ("", "me", TimeSpan.Zero);

        var exception = Assert.Throws<EtcdClusterException>(() => EtcdClusterOptionsValidator.ThrowIfInvalid(options, new EtcdClusterHooks()));

        Assert.All(["KeyPrefix", "User", "LeaseTimeToLive"], name => Assert.Contains(name, exception.Message, StringComparison.Ordinal));
    }

    /// <summary>By reflection, so that an option that is added later is not forgotten.</summary>
    [Fact]
    public void Snapshot_HasEveryOption()
    {
        var options = Good();
        options.Endpoints.Add("https://other:1");
        (options.User, options.Password, options.KeyPrefix) = ("me", "secret", "/other");
        (options.LeaseTimeToLive, options.OutageGrace) = (TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
        (options.StartTimeout, options.CallTimeout) = (TimeSpan.FromSeconds(62), TimeSpan.FromSeconds(4));
        options.BlockSettlingTime = TimeSpan.FromSeconds(63);
        (options.Retry.InitialDelay, options.Retry.MaxDelay, options.Retry.Jitter) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 0.5);
        (options.Tls.RootCertificatesFile, options.Tls.ClientCertificateFile, options.Tls.ClientKeyFile) = ("r", "c", "k");

        var copy = options.Snapshot();

        var defaults = Values(new EtcdClusterOptions());
        Assert.Equal(Values(options), Values(copy));
        Assert.All(Values(options).Zip(defaults), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    private static string[] Values(object options) => [.. options.GetType().GetProperties().SelectMany(property => property.GetValue(options) switch
    {
        EtcdRetryOptions or EtcdTlsOptions => Values(property.GetValue(options)!),
        IEnumerable<string> list => [$"{property.Name}={string.Join(',', list)}"],
        var value => [$"{property.Name}={value}"],
    })];

    private static EtcdClusterOptions Good() => new() { Endpoints = { "http://etcd:2379" } };
}
