using BenchmarkDotNet.Running;
using Remote.Benchmarks;

// `-- quick` and `-- codec` print rates after a few seconds; everything else is BenchmarkDotNet, for instance `-- --filter *Tell*`.
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

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create());
