# SPDX-License-Identifier: GPL-2.0-only
# kbtf.mk: hooks kbtf into Kbuild's LD [M] and BTF [M] steps, without patching the tree.
#
# make reads this file before every makefile, through the environment variable MAKEFILES (set by
# "kbtf make", or by what "kbtf env" prints). It acts on the .ko targets of
# scripts/Makefile.modfinal; every other target keeps the tree's text.
#
# What it overrides there, and the variable below that takes its place:
#
#   recipe line of Makefile.modfinal            expands                           here
#   $(call if_changed_except,ld_ko_o,vmlinux)   newer_prereqs_except (5.11-7.1)   kbtf-link
#   $(call if_changed,ld_ko_o)                  newer-prereqs (since 7.2),        kbtf-link
#                                                 where $(1) is ld_ko_o
#   $(if $(newer-prereqs),$(call cmd,btf_ko))   newer-prereqs, $(1) empty         kbtf-btf
#                                               cmd_btf_ko                        kbtf-run
#   __modfinal: ...; @:                         SHELL                             kbtf-end
#
# and in every makefile that passes -j to a pahole before 1.29, PAHOLE_FLAGS of vmlinux,
# vmlinux.unstripped and %.ko (last section).
#
# In order:
#
#   1. The first .ko recipe expands kbtf-plan, which runs "kbtf plan" once for the stage. The answer
#      sets kbtf-stage, and kbtf-serve.X.ko to "link" or "step" for each module that needs a command.
#   2. The link line runs if make finds a prerequisite newer, other than the base (kbtf-newer), and
#      "kbtf same-link" does not find the same content; or if the plan says "link".
#   3. The BTF line runs if the link line does, or if the plan says "step". "kbtf run" wraps the
#      tree's command: it restores the pristine bytes first.
#   4. __modfinal, after all modules, runs "kbtf -c :": the daemon writes the BTF of the modules that
#      it renumbered.
#
# Fallbacks:
#
#   KBTF_DISABLE=1, make before 3.82      this file defines nothing
#   other makefiles, .ko without BTF      the stock text of both variables
#   no answer to "kbtf plan"              kbtf-stage is empty: the base counts as newer for the link
#                                         line too, and cmd_btf_ko is the tree's. So a module that
#                                         stock would give BTF in place is linked first: a BTF step on
#                                         a finished .ko moves kfunc flags (up to 6.19) or fails (7.0)
#   daemon lost after the plan            "kbtf run" links the module itself; "kbtf -c :" runs this
#                                         stage again with KBTF_RELINK, which links every module
#
# Pattern-specific variables override the tree's later global definitions; "private" keeps them off
# prerequisites (.mod.o, vmlinux). The link command and the .ko.cmd files stay stock's, byte for byte,
# so a tree can be built alternately with and without kbtf.
#
# Mind whitespace: $(if) takes a blank for true, so most expressions break lines only inside a
# function's arguments.

# Keep make from rebuilding this file by the tree's rules.
$(lastword $(MAKEFILE_LIST)): ;

# GNU make 3.82 has "undefine", and the "private" that this file needs.
ifneq ($(value KBTF_DISABLE),1)
ifneq ($(filter undefine,$(.FEATURES)),)

ifeq ($(strip $(value KBTF)),)
override KBTF := kbtf
endif

# A variable of the tree that may be undefined. With this, and $(value) elsewhere, this file adds no
# warning to make --warn-undefined-variables.
kbtf-given = $(if $(value $(1)),$($(1)))
kbtf-quote = '$(subst ','\'',$(1))'
kbtf-client = $(call kbtf-quote,$(value KBTF))

# --- where this applies ---------------------------------------------------------------------

# Is this scripts/Makefile.modfinal? kbtf-here expands to its path, or to nothing. MAKEFILE_LIST
# holds every .cmd file by the time a recipe is expanded, so look only once.
kbtf-looked :=
kbtf-all :=
define kbtf-look
kbtf-looked := 1
kbtf-here-v := $(if $(filter-out undefined,$(origin cmd_btf_ko)),$(filter scripts/Makefile.modfinal \
	%/scripts/Makefile.modfinal,$(MAKEFILE_LIST)))
kbtf-all := $(and $(kbtf-here-v),$(value CONFIG_DEBUG_INFO_BTF_MODULES))
endef
kbtf-here = $(if $(kbtf-looked),,$(eval $(value kbtf-look)))$(kbtf-here-v)

# Does this .ko get BTF? With CONFIG_DEBUG_INFO_BTF=m, only the module that carries vmlinux's does.
# kbtf-all, once set, is a shortcut: make expands this for each of up to 5,000 modules.
kbtf-act = $(or $(kbtf-all),$(and $(kbtf-here),$(or $(kbtf-all),$(and \
	$(filter m,$(value CONFIG_DEBUG_INFO_BTF)),$(filter %/btf_vmlinux.ko,$@)))))

# With =m, the other modules depend on vmlinux too, but need not be linked for it.
kbtf-without-btf = $(and $(kbtf-here),$(filter m,$(value CONFIG_DEBUG_INFO_BTF)))

# --- the plan: one client call per stage, when the first recipe is expanded ------------------

kbtf-goals = $(call kbtf-given,MAKECMDGOALS)
kbtf-verbose = $(findstring 2,$(call kbtf-given,KBUILD_VERBOSE))

# Keep the tree's command as kbtf-tree-btf-ko, and wrap it. Kbuild expands make-cmd to save a
# target's command, which happens only where the link line runs: there, note the module (kbtf-noted).
# "override", since make's command line may set either; the tree appends to neither this late.
define kbtf-wrap
define kbtf-tree-btf-ko
$(value cmd_btf_ko)
endef
override cmd_btf_ko = $$(if $$(and $$(kbtf-act),$$(kbtf-stage)),$$(kbtf-run),$$(kbtf-tree-btf-ko))
$(call kbtf-shows,log_print,$$(cmd_$$1))
$(call kbtf-shows,echo-cmd,$$($$(quiet)cmd_$$(1)))
define kbtf-make-cmd
$$(if $$(filter ld_ko_o,$$(1)),$$(eval kbtf-noted := $$$$@))$(value make-cmd)
endef
override make-cmd = $$(kbtf-make-cmd)
kbtf-notes := $(findstring make-cmd,$(or $(value if_changed_except),$(value if_changed)$(value cmd_and_savecmd)))
endef

# V=1 shows the tree's command, not the wrapper: in the macro that prints (log_print since 6.3,
# echo-cmd before), replace the command with kbtf-shown. A macro with other text stays as it is.
define kbtf-shows
$(if $(findstring $(2),$(value $(1))),define $(1)
$(subst $(2),$$(kbtf-shown),$(value $(1)))
endef)
endef
kbtf-shown = $(if $(quiet)$(filter-out btf_ko,$(1)),$($(quiet)cmd_$(1)),$(kbtf-tree-btf-ko))

# With -n, -q and -t make runs only recipe lines with a "+", so no stage ends. GNU make 4.0 and later
# has the letters in the first word of MAKEFLAGS (see scripts/Kbuild.include), older make anywhere.
kbtf-letters = $(filter-out --%,$(filter -%,$(if $(filter 3.%,$(MAKE_VERSION)),$(MAKEFLAGS),$(firstword \
	-$(MAKEFLAGS)))))
kbtf-dry = $(strip $(foreach letter,n q t,$(findstring $(letter),$(kbtf-letters))))

# Prints make assignments: kbtf-stage:=ID, kbtf-renumbered:=N, kbtf-serve.X.ko:=link|step and, with
# --reasons, kbtf-why.X.ko:=WORD.
kbtf-ask = $(kbtf-client) plan --modules-order=$(call kbtf-quote,$(or $(call kbtf-given,MODORDER),modules.order)) \
	--count=$(words $(sort $(modules))) --target=$(call kbtf-quote,$@) --command=$(call kbtf-quote,$(kbtf-tree-btf-ko)) \
	--relink=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs)) \
	$(foreach tool,PAHOLE RESOLVE_BTFIDS OBJCOPY,--tool=$(call kbtf-quote,$(call kbtf-given,$(tool)))) \
	--kernel=$(call kbtf-quote,$(call kbtf-given,KERNELVERSION)) --rule=$(call kbtf-quote,$(kbtf-rule)) \
	--pahole-flags=$(call kbtf-quote,$(call kbtf-given,PAHOLE_FLAGS)) \
	--script-flags=$(call kbtf-quote,$(kbtf-script-flags)) \
	$(if $(kbtf-dry)$(filter-out __modfinal,$(kbtf-goals)),,--ends) \
	$(if $(kbtf-dropped-j),--dropped-flag=-j) $(if $(kbtf-verbose),--reasons)

# gen-btf.sh (7.0) takes its flags from the environment; they are part of the command too.
kbtf-script-flags = $(if $(findstring gen-btf,$(kbtf-tree-btf-ko)),$(strip $(call kbtf-given,PAHOLE_FLAGS) \
	$(call kbtf-given,RESOLVE_BTFIDS_FLAGS)))

# The form of the tree's rule, for "kbtf status OBJTREE".
kbtf-rule = $(if $(value if_changed_except),if_changed_except,if_changed) and $(if $(findstring \
	gen-btf,$(value kbtf-tree-btf-ko)),gen-btf.sh,pahole -J)

# The client writes these for characters of a module's name that would end the name in an assignment.
# $(value kbtf-serve.$@) and the like look it up, which takes any name literally.
kbtf-colon := :
kbtf-equals := =
kbtf-hash := \#

kbtf-stage :=
kbtf-renumbered :=
kbtf-planned :=
kbtf-plan = $(if $(kbtf-planned),,$(eval kbtf-planned := 1)$(eval $(kbtf-wrap)) \
	$(foreach assignment,$(filter kbtf-%,$(shell $(kbtf-ask))),$(eval $(assignment))) \
	$(kbtf-lost) $(if $(kbtf-stage),$(eval $(value kbtf-end))))

# "kbtf plan" always exits with 0, or 2 from a client of another version. Any other status is a client
# that is missing or was killed, and said nothing (make 4.2 and later know the status).
kbtf-lost = $(if $(filter-out 0 2,$(value .SHELLSTATUS)),$(info kbtf: cannot run $(value KBTF); falling back to \
	the stock build))

# --- what make decides, and what the plan adds -----------------------------------------------

# Prerequisites that decide only about the BTF. make compares their times, the plan their content.
kbtf-btf-prereqs := vmlinux %/vmlinux vmlinux.unstripped %/vmlinux.unstripped %/gen-btf.sh %/resolve_btfids

# What the link reads.
kbtf-inputs = $(filter-out $(PHONY) $(kbtf-btf-prereqs),$^)

# The newer prerequisites, by make; with a plan, without those.
kbtf-newer = $(if $(kbtf-plan),)$(if $?,$(filter-out $(PHONY) $(if $(kbtf-stage),$(kbtf-btf-prereqs)),$?))

# The reason if the plan says $(1), "link" or "step", of this module, else nothing.
kbtf-served = $(if $(filter $(1),$(value kbtf-serve.$@)),$(or $(value kbtf-why.$@),kbtf))

# A newer object can have the content that the module was last linked from. Ask once per module, when
# make reaches it, since then all objects exist. Not if it is linked anyway, by the plan, KBTF_RELINK
# or a changed command; not with -B, which rebuilds everything; nor with -n, -q and -t, which do not
# build the objects.
kbtf-relinks = $(value KBTF_RELINK)
kbtf-may-skip = $(and $(kbtf-stage),$(wildcard $@),$(if $(filter link,$(value kbtf-serve.$@))$(kbtf-relinks)$(call \
	cmd-check,ld_ko_o)$(kbtf-dry)$(findstring B,$(kbtf-letters)),,1))
kbtf-ask-same = $(kbtf-client) same-link --stage=$(kbtf-stage) --ko=$(call kbtf-quote,$@) \
	--command=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs))
kbtf-same-link = $(if $(kbtf-may-skip),$(if $(filter undefined,$(origin kbtf-same.$@)),$(eval \
	kbtf-same.$$@ := $(shell $(kbtf-ask-same))))$(value kbtf-same.$@))

# Why the link line must run: what is newer, the plan, or KBTF_RELINK.
kbtf-link = $(strip $(if $(kbtf-newer),$(if $(kbtf-same-link),,$(kbtf-newer))) $(call kbtf-served,link) $(kbtf-relinks))

# Was the module linked? The link line also runs on a changed command, and then the BTF line must
# follow, which stock forgets. make expands all lines of a recipe before it runs the first, so
# kbtf-noted is set by now; kbtf-why-linked gives the text for V=2. If the tree saves the link command
# without make-cmd, nothing is noted, and kbtf-why-linked alone decides.
kbtf-noted :=
kbtf-is-noted = $(and $(findstring $@,$(kbtf-noted)),$(findstring $(kbtf-noted),$@))
kbtf-why-linked = $(strip $(kbtf-link) $(call cmd-check,ld_ko_o))
kbtf-linked = $(if $(kbtf-notes),$(if $(kbtf-is-noted),$(or $(kbtf-why-linked),kbtf)),$(kbtf-why-linked))

# Why the BTF line must run: the module was linked, or the plan.
kbtf-btf = $(or $(kbtf-linked),$(call kbtf-served,step))

# Where kbtf does not act, these are the tree's own definitions.
%.ko: private newer_prereqs_except = $(if $(kbtf-act),$(kbtf-link),$(filter-out $(PHONY) $(1),$?))
%.ko: private newer-prereqs = $(if $(kbtf-act),$(if $(filter ld_ko_o,$(value 1)),$(kbtf-link),$(kbtf-btf)),$(if \
	$(kbtf-without-btf),$(kbtf-newer),$(filter-out $(PHONY),$?)))

kbtf-run = $(kbtf-client) run --stage=$(kbtf-stage) --ko=$(call kbtf-quote,$@) $(if $(kbtf-linked),--linked) \
	--quiet=$(quiet) --shell=$(call kbtf-quote,$(SHELL)) --shell-flags=$(call kbtf-quote,$(.SHELLFLAGS)) \
	--relink=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs)) \
	--command=$(call kbtf-quote,$(kbtf-tree-btf-ko))

# --- the end of the stage ---------------------------------------------------------------------

# __modfinal comes after all modules, and its recipe is "@:". With the client as its shell, make runs
# "kbtf -c :". The client has the daemon write the BTF of the modules that it renumbered, prints the
# summary, and runs the recipe in the shell that make would have used, with the same flags. The BTF is
# not written earlier because make compares a module's time stamp with those of its objects when it
# reaches the module. If it cannot be written, the client runs kbtf-again; without a daemon it sets
# KBTF_RELINK, and every module is linked.
#
# make's command line, MAKEFLAGS or, with -e, the environment may set SHELL: "override" beats them
# all, in GNU make 3.82 to 4.4.1. kbtf-plan evaluates this for a stage that ends, while recipes run:
# then make still accepts target-specific variables that are "private".
define kbtf-end
kbtf-shell := $(SHELL)
kbtf-again := $(MAKE) -f $(call kbtf-quote,$(firstword $(kbtf-here-v))) $(kbtf-goals)
__modfinal: private override SHELL = $(value KBTF)
__modfinal: private override export KBTF_STAGE = $(kbtf-stage)
__modfinal: private override export KBTF_RENUMBERED = $(kbtf-renumbered)
__modfinal: private override export KBTF_SHELL = $(kbtf-shell)
__modfinal: private override export KBTF_AGAIN = $(kbtf-again)
endef

# --- a base that can be compared --------------------------------------------------------------

# pahole before 1.29 is not reproducible with -j, which Kbuild passes, so its base would never be
# unchanged: drop -j. The top makefile exports PAHOLE_FLAGS, so in scripts/Makefile.vmlinux and
# scripts/Makefile.modfinal it comes from the environment.
kbtf-dropped-j :=
ifneq ($(filter -j%,$(call kbtf-given,PAHOLE_FLAGS)),)
ifneq ($(filter environment file,$(origin PAHOLE_FLAGS)),)
kbtf-given-flags := $(PAHOLE_FLAGS)
kbtf-dropped-j = $(if $(findstring reproducible_build,$(kbtf-given-flags)),,$(filter \
	116 117 118 119 120 121 122 123 124 125 126 127 128,$(value CONFIG_PAHOLE_VERSION)))
kbtf-flags = $(if $(kbtf-dropped-j),$(filter-out -j%,$(kbtf-given-flags)),$(kbtf-given-flags))
vmlinux vmlinux.unstripped %.ko: private PAHOLE_FLAGS = $(kbtf-flags)
endif
endif

else ifeq ($(MAKELEVEL),0)
$(warning kbtf: needs GNU make 3.82 or newer; falling back to the stock build)
endif
endif
