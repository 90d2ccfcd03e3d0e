using global::OpenTelemetry.Metrics;

namespace Remote.OpenTelemetry;

/// <summary>The metrics of Remote in OpenTelemetry.</summary>
public static class RemoteMeterProviderExtensions
{
    /// <summary>Collects the metrics of the nodes of this process; <see cref="RemoteTelemetry"/> has their names.</summary>
    /// <param name="builder">The application's.</param>
    /// <returns>The same builder.</returns>
    public static MeterProviderBuilder AddRemoteInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(RemoteTelemetry.MeterName);
    }
}
