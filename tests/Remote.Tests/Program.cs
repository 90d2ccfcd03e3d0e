using Remote.Tests;

// The assembly of the tests is also the program that some of them start, where what they do would disturb all others.
return StarvedProgram.Run(args);
