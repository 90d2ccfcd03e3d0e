using global::OpenTelemetry.Trace;

namespace Remote.OpenTelemetry;

/// <summary>The traces of Remote in OpenTelemetry.</summary>
public static class RemoteTracerProviderExtensions
{
    /// <summary>Collects the spans of messages between nodes (<see cref="RemoteTelemetry.ActivitySourceName"/>), and lets trace contexts travel with them.</summary>
    /// <param name="builder">The application's.</param>
    /// <returns>The same builder.</returns>
    public static TracerProviderBuilder AddRemoteInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(RemoteTelemetry.ActivitySourceName);
    }
}
