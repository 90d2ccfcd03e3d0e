using BenchmarkDotNet.Running;
using Remote.Benchmarks;

// `-- quick` prints rates after a few seconds; everything else is BenchmarkDotNet, for instance `-- --filter *Tell*`.
if (args is ["quick", .. var names])
{
    await Quick.RunAsync(names);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create());
