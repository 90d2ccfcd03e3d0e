using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Proto.Remote;

namespace Remote;

/// <summary>
/// Judges the node of an application before it is made. A host makes all its services before the first of them starts, and the node with them: so what is
/// wrong is said, all at once, before anything of the application has started.
/// </summary>
internal static class NodeStart
{
    /// <summary>
    /// The config and the options of an application's node, judged together. Its log and metrics go where the application's go.
    /// </summary>
    /// <param name="provider">The application's services.</param>
    /// <param name="configOf">Makes the config from what configuration says.</param>
    /// <param name="isClient">Whether it has no listener.</param>
    /// <exception cref="OptionsValidationException">Every fault of both.</exception>
    public static (RemoteConfig Config, RemoteOptions Options) Read(
        IServiceProvider provider, Func<IServiceProvider, RemoteSection, RemoteConfig> configOf, bool isClient)
    {
        List<string> faults = [];
        var options = OptionsOf(provider, faults);
        var config = configOf(provider, options.Section);
        faults.AddRange(Faults(config, options, isClient));
        if (faults.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(RemoteOptions), faults.Distinct(StringComparer.Ordinal));
        }

        options.Hooks.LoggerFactory ??= provider.GetService<ILoggerFactory>();
        options.Hooks.MeterFactory ??= provider.GetService<IMeterFactory>();
        return (config, options);
    }

    /// <summary>Completes options from the config that goes with them, and says what is wrong with both.</summary>
    public static IEnumerable<string> Faults(RemoteConfig config, RemoteOptions options, bool isClient)
    {
        RemoteConfigRules.Complete(config, options);
        AddressSpelling.Unify(options);
        return [.. RemoteConfigRules.Faults(config, options, isClient), .. RemoteOptionsValidator.Validate(options)];
    }

    /// <summary>Also when they are not valid: whether the config is does not depend on that.</summary>
    private static RemoteOptions OptionsOf(IServiceProvider provider, List<string> faults)
    {
        try
        {
            return provider.GetRequiredService<IOptions<RemoteOptions>>().Value;
        }
        catch (OptionsValidationException exception)
        {
            var factory = new OptionsFactory<RemoteOptions>(
                provider.GetServices<IConfigureOptions<RemoteOptions>>(), provider.GetServices<IPostConfigureOptions<RemoteOptions>>());
            var options = factory.Create(Options.DefaultName);

            // What validators of the application say; ours judges again, with the config.
            faults.AddRange(exception.Failures.Except(RemoteOptionsValidator.Validate(options), StringComparer.Ordinal));
            return options;
        }
    }
}
