using Remote.Tests;
using Remote.Tests.Fuzz;

// The assembly of the tests is also the program that some of them start, where what they do would disturb all others.
// `record` keeps what nodes of this release say to each other: see Recordings/README.md.
return args switch
{
    ["record"] => await ReleaseFolder.RecordAsync(),
    [LoneProgram.Node] => LoneProgram.Run(args),
    [RaceProgram.Name, var self] => await RaceProgram.RunAsync(self),
    [FuzzProgram.Name, var seed, var frames, var socketFrames, var memory] => await FuzzProgram.RunAsync(seed, frames, socketFrames, memory),
    _ => StarvedProgram.Run(args),
};
