using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Proto.Remote;

namespace Remote;

/// <summary>
/// What a section of configuration says beside <see cref="RemoteOptions"/>: the plain values of Proto.Remote's config, under their names there; and
/// all that is wrong with the section. What is not set changes nothing.
/// </summary>
internal sealed class RemoteSection
{
    public string? Host { get; set; }

    public int? Port { get; set; }

    public string? AdvertisedHost { get; set; }

    public int? AdvertisedPort { get; set; }

    public bool? UseHttps { get; set; }

    public bool? RemoteDiagnostics { get; set; }

    public LogLevel? DeserializationErrorLogLevel { get; set; }

    public TimeSpan? WaitAfterEndpointTerminationTimeSpan { get; set; }

    public WriterSection EndpointWriterOptions { get; } = new();

    /// <summary>Names that are no options, and values that are none of their kind, each in words for people.</summary>
    internal IReadOnlyList<string> Faults { get; private set; } = [];

    /// <summary>Reads a section into options, and remembers there what was wrong with it.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">Get the values that are sound.</param>
    /// <param name="listensElsewhere">Says where host and port come from, when that is not the section; <see langword="null"/> when it is.</param>
    public static void Read(IConfiguration section, RemoteOptions options, string? listensElsewhere = null)
    {
        var read = new RemoteSection();
        var binder = new SectionBinder();
        binder.Bind(section, "", options, read);
        if (listensElsewhere is not null && (read.Host is not null || read.Port is not null))
        {
            binder.Faults.Add($"{(read.Host is null ? nameof(Port) : nameof(Host))} has no meaning here: {listensElsewhere}");
        }

        read.Faults = [.. options.Section.Faults, .. binder.Faults];
        options.Section = read;
    }

    /// <summary>A config with the host and the port of the section.</summary>
    public RemoteConfig ToConfig() => ApplyTo(RemoteConfig.BindTo(Host ?? RemoteConfig.Localhost, Port ?? RemoteConfig.AnyFreePort));

    /// <summary>A config that is bound already, with the other values of the section.</summary>
    public RemoteConfig ApplyTo(RemoteConfig config)
    {
        var writer = config.EndpointWriterOptions;
        return config with
        {
            AdvertisedHost = AdvertisedHost ?? config.AdvertisedHost,
            AdvertisedPort = AdvertisedPort ?? config.AdvertisedPort,
            UseHttps = UseHttps ?? config.UseHttps,
            RemoteDiagnostics = RemoteDiagnostics ?? config.RemoteDiagnostics,
            DeserializationErrorLogLevel = DeserializationErrorLogLevel ?? config.DeserializationErrorLogLevel,
            WaitAfterEndpointTerminationTimeSpan = WaitAfterEndpointTerminationTimeSpan ?? config.WaitAfterEndpointTerminationTimeSpan,
            EndpointWriterOptions = new EndpointWriterOptions
            {
                EndpointWriterBatchSize = EndpointWriterOptions.EndpointWriterBatchSize ?? writer.EndpointWriterBatchSize,
                MaxRetries = EndpointWriterOptions.MaxRetries ?? writer.MaxRetries,
                RetryTimeSpan = EndpointWriterOptions.RetryTimeSpan ?? writer.RetryTimeSpan,
                RetryBackOff = EndpointWriterOptions.RetryBackOff ?? writer.RetryBackOff,
            },
        };
    }

    /// <summary>Those of <c>EndpointWriterOptions</c> of Proto.Remote.</summary>
    internal sealed class WriterSection
    {
        public int? EndpointWriterBatchSize { get; set; }

        public int? MaxRetries { get; set; }

        public TimeSpan? RetryTimeSpan { get; set; }

        public TimeSpan? RetryBackOff { get; set; }
    }
}
