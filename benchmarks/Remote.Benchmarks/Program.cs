using BenchmarkDotNet.Running;
using Remote.Benchmarks;

// `-- quick`, `-- codec` and `-- fan-out` print rates after a few seconds; everything else is BenchmarkDotNet, for instance `-- --filter *Tell*`.
if (args is ["quick", .. var names])
{
    await Quick.RunAsync(names);
    return;
}

if (args is ["codec"])
{
    QuickCodec.Run();
    return;
}

if (args is ["fan-out"])
{
    QuickCodec.RunFanOut();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create());
