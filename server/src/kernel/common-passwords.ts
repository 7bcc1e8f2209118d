/**
 * Passwords and phrases that people choose most, in lower case.
 *
 * The single words are the most frequent ones of 6 or more characters in zxcvbn 4.4.2 (Dan Wheeler and Dropbox, MIT),
 * without the coarse ones; the long phrases are ours, because passwords here have 15 characters.
 */
export const commonPasswords: readonly string[] = `
  000000 0000000000o 007007 01011980 01011990 01012000 01012011 010203 010203040506 0987654321q 102030 1029384756
  111111 11111111 1111111111zz 111222 112233 11223344 112233445566 11235813 123123 123123a 1232323q 123321 12344321
  1234554321 123456 12345654321 123456654321 1234567 12345678 123456789 1234567890 12345678900 12345678900987654321
  1234567890a 1234567890q 1234567890z 12345678910 123456789123 123456789987654321 123456789a 123456789abc 123456789q
  123456789qaz 123456789qwe 123456789qwerty 123456a 123456q 123456qwerty 12345a 12345q 12345qwert 12345qwerty
  1234abcd 1234qwer 123654 123654789 123789 123abc 123asd 123hfjdk147 123qwe 123qwe123 123qweasd 123qweasdzxc 124578
  12qwaszx 131313 134679 135790 141627 142536 147258 147852 1478963 159357 159753 159951 1a2b3c 1q2w3e 1q2w3e4r
  1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw2 1qazxsw23edc 23176djivanfros 246810 314159
  31415926 315475 321654 420420 456123 4815162342 4904s677075 51051051051 541233432442 654321 666666 741852
  741852963 753951 7777777 789456 789456123 852456 8675309 89015173454 89600506779 9379992 951753 a12345 a123456
  a1234567 a1b2c3 a1b2c3d4 aardvark abc123 abcd1234 abracadabra abrakadabra access access14 accord account action
  adgjmptw adidas admin18533362 adminadmin administrateur administrator administratorpassword adminpassword airborne
  airforce airplane alabama alaska alejandr aleksandr alexande alexandr alexis alpha1 alpine amateur america anakin
  andrei andrey angel1 angels animal apache apollo apples aragorn areyoukiddingme arizona arsenal asd123 asdasd
  asdf1234 asdfasdf asdfgh asdfghj asdfghjk asdfghjkl asdfghjklqwertyuiop assassin assman astalavista atlanta
  atlantis austin autumn avalon avatar awesome azerty babydoll babygirl babylon babylon5 badass badboy badger
  badnaamhere baller bambam banana bandit barbie barcelona barney baseball basket basketba bassman batman beagle
  beatles beauty beavis beetle berlin bigboy bigdaddy bigdog bigfoot bigmac bigman bigone bigred billybob birdie
  biteme blabla blackie bladerunner blahblah blaster blazer blessed blink182 blizzard blonde blondie blue22 bluebird
  bluemoon bluesky bobafett bobcat bollocks bomber bond007 booger boogie boomer boston bowling brandy braves brazil
  britney bronco broncos brooklyn browns bruins brutus bubba1 bubble bubbles buckeye buckeyes buddha buddy1 budlight
  buffalo bulldog bulldogs bullet burger businessbabe buster cadillac caesar camaro cameron canada cancer captain
  cardinal carolina cartman caserta casino casper cassie catch22 catdog catfish cavalier cdtnkfyf celtic cessna
  champion changeme changemenow changethispassword changethispasswordnow charger charlie charlie1 cheerleaers cheese
  chelsea cherokee cherry chester chevelle cheyenne chicago chichi chicken chickenwing101 chicks chiefs chipper
  chocolat chopper chris1 chrissy christ christia christin christop chronic cjkysirj classic cocacola coffee
  colorado colors comicbookdb company companypassword compaq computer concrete connect connor consumer contortionist
  cookie cookies copper corona correcthorsebatterystaple corvette cougar counterstrike cowboy cowboys coyote
  creative cricket ctdfcnjgjkm cthutq cyberonline dakota dallas dancer danger darkness darkside darkstar david1
  dbrnjhbz december defaultpassword defender deftones desire destiny detroit deutschland devildog devilmaycry devils
  dexter dfvgbh dhjnvytyjub diablo diamond diamonds diesel digger digital dilbert disney dkflbvbhjdbx dkflbvbhjdyf
  doctor dodger dodgers doggie dollar dolphin dolphins domainlock2005 domino donkey donttellanyone dragon dragon1
  dragonballz dragons dreamer dreams driver drowssap drpepper drummer ducati eagle1 eagles eclipse einstein
  ejaculation electric element elephant elizabet emerald eminem empire engineer enigma enterpri escort evanescence
  everton explorer express extreme falcon fantasy fatboy fatcat february fender ferrari fgjrfkbgcbc ficken
  finalfantasy finger fireball firebird firefighter fireman fishing fkmnthyfnbdf fktrcfylh fktrcfylhjdbx
  fktrcfylhjdyf fktrctq flatron flipper florida flower fluffy flvbybcnhfnjh flyers foobar football football1234567
  forest forever forgotmypassword forgotpassword freaky freddy freedom freedom1 freepass freeuser friday froggy
  fyfcnfcbz fylhtq galatasaray galaxy galina galore gambit gandalf garden garfield gateway gators gemini genesis
  genius geronimo gfhjkm gfhjkmgfhjkm ghbdtn ghbdtnghbdtn ghbdtnrfrltkf ghhh47hj7649 ghjcnbnenrf ghjcnjgfhjkm
  ghjcnjghjcnj giants ginger goblue godblessamerica goddess godzilla goforit golden goldfish golfer goober google
  greedisgood greenday guinness guitar gundam gunner hacker hakunamatata hamlet hammer hamster hannah hansolo happy1
  happybirthdaytoyou hardcore harley harrypotter hawaii hawkeye hd764nw5d7e1vb1 heaven hellfire hello1 hello123
  hellomynameis helloworld helpme hendrix hercules hesoyam highland hiphop hitman hjvfirf hobbes hobbit hockey
  holiday hooker hornet horney horses hotdog hotrod hotstuff hottie howareyoutoday htubcnhfwbz hummer hunter hunting
  huskers iamthebest ibanez icecream iceman idontknow idontknowmypassword ihatepasswords ihavenopassword ilovemyself
  iloveu iloveyou iloveyoubaby iloveyouforever iloveyousomuch iloveyouverymuch immortal impala incorrectpassword
  indiana indians indigo inferno infinity insane insertpasswordhere integra intercourse internet inthebeginning
  ironman italia itsasecret iwantu jackass jaguar jamaica james1 january jasmine jasper jessica1 jester jesus1
  jesuschrist jordan jordan23 jungle junior jupiter justdoit justice justinbieber justme juventus karate karina
  katana kawasaki keepcalmandcarryon kennwort killer kingkong kirill kissme kitten klaster knickerless knicks kodiak
  lacrosse ladybug lakers lamborghini lancer larisa lasvegas leather leavemealone legend lennon lestat letmein
  letmein1 letmein2 letmeinletmein letmeinplease letmeinrightnow liberty lickme lifehack lights liverpoo liverpool
  liverpoolfc lizard logitech lol123 lollol london lonewolf longhorn lordoftherings lost4815162342 lovely loveme
  lovemelovemenot loverboy lovers loveyou loveyouforever lucifer lucky1 machine maddie maddog madison madman madmax
  madness madonna maggie magnum maiden mailcreated5240 maksim malibu manchester manchesterunited manson manutd
  mapet123456 marathon marina marine marines marino marlboro marley maryjane master master1 matrix matthew1
  maurolarastefy maverick maxima maximus maxwell maytheforce maytheforcebewithyou mercedes mercury merlin
  merrychristmas metallic metallica mexico michael1 michigan mickey mickeymouse microsoft midnight minecraft mister
  mistress mnbvcxz monday money1 mongoose monkey monkey1 monkeymonkey monster montana montreal mookie morpheus
  motdepasse mother motorola mountain mozart muffin mulder mustang mustang1 mylove mypassword mypasswordis
  mypasswordispassword mypasswordissecret myvoiceismypassport naruto nascar natali natasha naughty ncc1701 ncc1701d
  ncc1701e needforspeed nemesis nevergonnagiveyouup newpassword newport newproject2004 newyork nfnmzyf nicola nikita
  nintendo nirvana nissan nopassword nothingtohide november nugget nuttertools october office oicu812 oksana oliver
  onceuponatime onelove onepasswordtorulethemall online ontopoftheworld opensesame openthedoor openup orange outlaw
  overlord packard packers pakistan paladin panama pandora pantera panther panthers panzer paradise pascal passat
  passion passphrase passport passw0rd passwor password password1 password123 password1234 passwordforwork
  passwordispassword passwordpassword passwordsecurity passwort patches patriots pavilion peaches peanut pearljam
  pebbles peekaboo peewee pegasus pencil penetrating penetration penguin pepper pervert phantom philips phoenix
  picard pickle piglet pioneer pirate pitbull platinum player playstation pleaseletmein poison poiuyt pokemon
  polaris police polina pontiac poohbear pookie poopoo popcorn popeye porsche portugal precious predator prelude
  presario prince princess private psycho pufunga7782 pumpkin purple pyramid q12345 q1234567890 q1w2e3 q1w2e3r4
  q1w2e3r4t5 q1w2e3r4t5y6 qawsed qaz123 qazqaz qazwsx qazwsx123 qazwsxedc qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb
  qazxsw qazxswedc qazxswedcvfr qqq111 qwaszx qwe123 qweasd qweasdzxc qweasdzxc123 qweqwe qwer1234 qwerasdfzxcv
  qwerty qwerty1 qwerty12 qwerty123 qwerty12345 qwerty123456 qwertyasdfgh qwertyu qwertyui qwertyuiop
  qwertyuiopasdfghjklzxcvbnm rabbit racecar racing raider raiders rainbow random ranger rangers raptor rascal
  rasdzv3 realmadrid reaper red123 reddog redhead redman redneck redrum redskins redsox redwings rememberthis
  renegade rhbcnbyf rocker rocket rockstar rocky1 rolltide romeoandjuliet rommel ronaldo rooster rosebud runner
  rush2112 ruslan russia sailor saints sakura samantha sammy1 samson samsung samurai sandman saturday saturn
  scarface scooby scooter scorpio scorpion scotland scotty scully seattle secret secretpassword secretsecret
  security seminole semperfi sendmeanemail september serega serenity sergey sersolution shadow shadow1 shaggy
  shamrock shelby sherlock shorty shotgun siemens sierra silver simple simpsons skater skeeter skipper skippy
  skyline slayer slipknot smiles smiley smitty smokey smooth snakes snickers sniper snoopy snowball snowman soccer
  softball software sojdlg123aljg soldier somewhereovertherainbow sonyericsson sophie soso123aljg sparky spartak
  spartan speedy spider spiderma spiderman spirit spitfire spooky spring squirt srinivas stalker stallion stargate
  startrek startrekfan starwars starwarsfan stealth steelers stephani stinger stingray stinky stones stormy strike
  strongpassword stupid subaru sublime success summer summerwinter sundance sunday sunset sunshine superfly superman
  supersecretpassword superstrongpassword surfer suzuki svetlana sweetpea sweety swimming swordfis swordfish sydney
  t34vfrc1991 target tarheels tarzan tattoo taurus teacher techno temporarypassword temppassword tennis test123
  tester testing testpassword testtesttest thailand thankyouverymuch thecatinthehat theforceisstrong
  thelordoftherings theman theone thepassword thequickbrownfox thequickbrownfoxjumpsoverthelazydog therock
  thisisapassword thisisatest thisisaverylongpassword thisismypassword thisisnotapassword thisisthepassword
  threeblindmice thuglife thumper thunder thunderbird thursday thx1138 tickle tiger1 tigers tigger timber tinker
  tintin titanic titans tobeornottobe tobeornottobethatisthequestion tomcat topgun topsecretpassword tornado toronto
  toshiba toyota transam travel trfnthbyf trigger trinity triumph trixie trojan trombone trooper trouble trucker
  trucks trumpet trustno1 tuesday turkey turtle tweety twinkletwinklelittlestar ultimate unbreakablepassword unicorn
  unitedstatesofamerica valentin valentina valera vampire vegeta venom121293 veronika vfhbyf vfrcbv vfvfvskfhfve
  vfvjxrf victory viking vikings viktor vision vladimir voodoo voyager warcraft warlock warrior weasel websolutions
  wednesday welcome welcome1 welcomehome welcometothejungle welcomewelcome westham westside whatever whateverworks
  whateveryouwant whatisthepassword whatsmypassword whosyourdaddy whynot wicked wildcat wildcats willow windows
  winner winston winter wizard wolfgang wolfpack wolverin wolves wombat wordpass wordpasspassword workpassword
  wrangler wrinkle1 wutang xavier xfiles yamaha yankee yankees yankees1 ybrbnf yellow yellowsubmarine yfnfif
  yjdsqgfhjkm youllneverwalkalone youneverwalkalone yourpassword yourpasswordhere youshallnotpass ytrewq zaq12wsx
  zaq1xsw2cde3 zaqwsx zaqwsxcderfv zeppelin zipper zombie zxc123 zxcasdqwe123 zxcvbn zxcvbnm zxcvbnmasdfghjkl
`
  .trim()
  .split(/\s+/);
